"""One room per Lambda; no room imports another, and only `wiring` joins the engine with its adapters."""
