"""The bench: what syncs of thousands of customers cost, measured on functions in processes of their own."""
