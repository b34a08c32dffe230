"""What the SDK costs beside bare httpx and beside other SDKs, in one run: `make bench`.

Every contestant lives in a process of its own and waits there; they are measured in turn, round after round.
"""
