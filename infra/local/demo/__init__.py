"""What `make demo` shows: the main job on the embedded cloud, from first sync to nothing left to do."""
