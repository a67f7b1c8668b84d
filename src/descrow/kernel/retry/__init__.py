"""The one way to retry: the columns of a queue, its due rows, the table of delays, and the runner of the rounds."""
