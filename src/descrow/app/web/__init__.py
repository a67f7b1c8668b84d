"""The web app as the server sees it: its built files, the headers they go out with, and what every browser may know."""
