"""Installing: how plugins get into the environment that runs, by whatever manages it, and out of it again."""
