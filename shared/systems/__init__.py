"""One adapter for each outside system; `http` is the only module that imports httpx."""
