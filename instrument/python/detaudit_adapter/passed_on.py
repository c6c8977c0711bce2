"""What stands in for a function of a library, and passes calls on."""


class PassedOn:
    """Is the function that it stands for in all but its type."""

    __slots__ = ("_function", "__weakref__")

    def __init__(self, function):
        self._function = function

    def __init_subclass__(cls):
        cls.__doc__ = PassedOn.__dict__["__doc__"]  # a class without one of its own would have None

    def __getattr__(self, name):
        return getattr(self._function, name)

    def __reduce__(self):
        return self._function.__reduce__()

    def __eq__(self, other):
        return self is other or other == self._function

    def __hash__(self):
        return hash(self._function)

    def __repr__(self):
        return repr(self._function)

    @property
    def __doc__(self):
        return self._function.__doc__
