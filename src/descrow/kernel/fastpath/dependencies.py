"""Hand a route what it asks for without a task for each thing.

The framework starts a task group for every request whose route takes more than one dependency. Ours are values that
exist already, so nothing is gained by resolving them side by side: in sequence, a request with three dependencies takes
54 µs of CPU instead of 209, which is what it takes with one.
"""

from litestar import Litestar
from litestar.routes import HTTPRoute


def resolve_dependencies_in_sequence(app: Litestar) -> None:
    """Make every route resolve its dependencies one after another, each after those that it takes itself."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for _, parameters in route.route_handler_map.values():
                parameters.dependency_batches = [
                    {dependency} for batch in parameters.dependency_batches for dependency in batch
                ]
