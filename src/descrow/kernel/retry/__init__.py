"""The one way to retry: the columns of a queue, the table of its delays, and the runner of what is due."""
