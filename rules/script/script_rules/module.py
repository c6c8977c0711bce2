"""A Python source as the rules see it: its tree, what names stand for, and where things are."""
import ast
import os
import sys
import warnings

MODULE = "<module>"


class Unreadable(Exception):
    """Why there is no tree."""


def parse(path):
    try:
        with open(path, "rb") as file:
            text = file.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, path)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        version = "%d.%d" % sys.version_info[:2]
        place = f"line {error.lineno}: " if error.lineno else ""
        raise Unreadable(f"is no Python {version}: {place}{error.msg}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"cannot be parsed: {error or type(error).__name__}") from None


class Module:
    """One file. `parents` leads from each node to the one around it."""

    def __init__(self, path):
        self.path = path
        self.tree = parse(path)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self._names = {}
        for node in ast.walk(self.tree):
            self._learn(node)

    def _learn(self, node):
        """What imports and plain assignments (`rng = np.random`) make names stand for."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    self._names[alias.asname] = alias.name
                else:
                    self._names[alias.name.split(".")[0]] = alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self._names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            dotted = self.resolve(node.value)
            if dotted and node.targets[0].id not in self._names:
                self._names[node.targets[0].id] = dotted

    def resolve(self, node):
        """`np.random.default_rng` as "numpy.random.default_rng"; None for what no import leads to."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            return base and f"{base}.{node.attr}"
        return None

    def calls(self):
        """Every call, with what its function resolves to (None where that is not known)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, self.resolve(node.func)

    def function_around(self, node):
        """"Trainer.fit", or "<module>" outside of functions."""
        names = []
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.append(node.name)
        return ".".join(reversed(names)) or MODULE

    def file(self):
        """The real path, each byte as the code point of its number."""
        return os.fsencode(os.path.realpath(self.path)).decode("latin-1")
