"""The wire-level rules of the client, one test per rule, in both colours, over real sockets.

==================  =================================================================================================
Replies             `test_replies` (whole, but not what was promised), `test_broken_replies` (cut, reset, malformed,
                    dropped on a reused connection), `test_ceiling` (gzip bombs and endless bodies),
                    `test_fuzz` (random bytes; `make fuzz` for a million)
Time                `test_time` (timeout, deadline, Retry-After, the wall clock)
Again or not        `test_again` (who is sent again, keys, the retry budget, 409), `test_at_most_once` (the proof)
Tokens              `test_tokens` (single flight, a broken token endpoint, 401 storms, refresh, revoke)
Concurrency, life   `test_life` (tasks, threads, cancelling, loops, trio, fork, closing), `test_errors` (pickling)
Nothing gets in     `test_nothing_gets_in` (ids, namespaces, headers, paths), `test_redirects`
Nothing leaks       `test_knowing` (the canaries), `test_network` (TLS, plain http, proxies)
Knowing             `test_knowing` (log, hooks, rate limits, pacing, circuit breaker, deprecation)
==================  =================================================================================================

`misbehaving` is the server that all of them meet; `fuzz` and `mutation` make replies up.
"""
