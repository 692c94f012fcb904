"""Where photographs lie: folders, archives, publishers' layouts; their labels and order."""
