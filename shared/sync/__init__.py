"""The engine and its words: it knows changes, links, plans and issues, and no outside system."""
