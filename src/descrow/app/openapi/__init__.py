"""The API's description of itself: what the framework knows of each route, and all that only we know."""
