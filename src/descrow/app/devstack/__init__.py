"""The dev stack: PostgreSQL, Valkey and a local chain, started, watched and stopped as our own children.

`stack.Stack` is the way in. `process` keeps one child alive, the modules named after a part know how that part
is set up, and everything a stack writes lies below one `data_dir.DataDirectory`.
"""
