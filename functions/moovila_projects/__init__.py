"""Projects of ConnectWise and Moovila, kept in step both ways, each as one tree."""
