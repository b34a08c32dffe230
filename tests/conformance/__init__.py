"""The wire-level rules of the client, one test per rule, in both colours, for every platform, over real sockets.

==================  =================================================================================================
Replies             `test_replies` (whole, but not what was promised), `test_broken_replies` (cut, reset, malformed,
                    dropped on a reused connection, with more behind it), `test_ceiling` (gzip bombs, endless bodies),
                    `test_fuzz` (random bytes; `make fuzz` for a million)
Time                `test_time` (timeout, deadline, names that are not found, Retry-After, the wall clock)
Again or not        `test_again` (who is sent again, keys, the retry budget, 409), `test_at_most_once` and, where there
                    are no keys, `test_never_twice` (the proofs)
Streams             `test_streams` (whatever becomes of a connection: each event once, gaps told, ends told)
Tokens              `test_tokens` (single flight, a broken token endpoint, 401 storms, refresh, revoke)
Concurrency, life   `test_life` (tasks, threads, cancelling, loops, trio, fork, closing), `test_errors` (pickling)
Nothing gets in     `test_nothing_gets_in` (ids, namespaces, headers, paths), `test_redirects`
Nothing leaks       `test_knowing` (the canaries), `test_network` (TLS, plain http, proxies)
Knowing             `test_knowing` (log, hooks, rate limits, pacing, circuit breaker, deprecation)
==================  =================================================================================================

Elsewhere: cassettes hold no secret (`tests/cassettes`), nor does any object of ours that is alive (`tests/interactor/
test_canary`); proxies that pass calls on (`tests/tandem/test_proxies`); the variable that switches the log on
(`tests/tandem/test_log`); deliveries, with tests of their own.

`products` says which platforms there are, and which rules one of them cannot have because it lacks what they are about
(`test_products`).

`misbehaving` is the server that all of them meet; `fuzz` and `mutation` make replies up, which `scripted` plays.

Nothing can be done about bytes that arrive behind a reply when the next request has been written already: HTTP/1.1
has no name for the request that a reply belongs to.
"""
