"""How bytes travel: the default transport, its connections, proxies and certificates."""
