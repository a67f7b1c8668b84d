"""A simulator of Safaricom's Daraja API (M-PESA Kenya), with phones as web pages: a program of its own.

It knows nothing of the rest of this repository, and the rest knows of it only how to start it. README.md beside this
file says what it does. `simulator.Simulator` puts the pieces together; `books` holds the money.

Everything that touches the database is a plain function on the event loop's one thread. Such a function runs to its
end before anything else does, so each is a step of its own: there is one writer, and there are no locks.
"""
