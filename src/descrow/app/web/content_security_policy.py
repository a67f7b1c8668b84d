"""Decide what our pages may load, ask and be framed by. Other answers get `kernel.http.headers.API_POLICY`."""

import re
from base64 import b64encode
from hashlib import sha256
from urllib.parse import urlsplit

_YEAR_S = 31_536_000


def security_headers(*, public_url: str, chain_url: str) -> dict[str, str]:
    """Return what a page of ours may load, whom it may talk to, and who may frame it: nobody but us, and the chain's
    node.
    """
    address = urlsplit(public_url)
    is_secure = address.scheme == "https"
    own_socket = f"{'wss' if is_secure else 'ws'}://{address.netloc}"  # not every browser counts it as 'self'
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": "'self' data: blob:",
        "connect-src": f"'self' {own_socket} {_origin(chain_url)}",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if is_secure:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    return headers


def policy_of_page(page: str) -> str:
    """Return what a page with its script and style inside may do: run these, and ask us. Each is named by its hash."""
    hashes = {
        tag: " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in _inside(page, tag))
        for tag in ("script", "style")
    }
    return (
        f"default-src 'none'; script-src {hashes['script']}; style-src {hashes['style']}; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def _inside(page: str, tag: str) -> list[str]:
    return re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)


def _origin(url: str) -> str:
    """Scheme and host alone: a path or a key in a node's address would narrow the rule, or be shown to everybody."""
    address = urlsplit(url)
    host = address.hostname or ""
    return f"{address.scheme}://{host}" + ("" if address.port is None else f":{address.port}")
