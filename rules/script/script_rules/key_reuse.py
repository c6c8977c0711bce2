"""JAX keys that are consumed twice: the draws are the same numbers."""
import ast

from .finding import Finding

NOT_CONSUMING = {"PRNGKey", "key", "fold_in", "key_data", "wrap_key_data", "clone", "key_impl", "default_prng_impl"}
ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Keys:
    """Walks a body in the order in which it runs; `used` maps a key to the line that consumed it."""

    def __init__(self, module):
        self.module = module
        self.found = {}  # call to (key, line of the first use)
        self.consumers = {}  # key to the last call that consumed it

    def run(self, body, used):
        for statement in body:
            if not self.statement(statement, used):
                return False
        return True

    def statement(self, node, used):
        """False if what follows is not reached."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.run(node.body, {})
        elif isinstance(node, ast.If):
            return self.branches(node.test, [node.body, node.orelse], used)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            self.loop(node, used)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                self.expression(item.context_expr, used)
            return self.run(node.body, used)
        elif isinstance(node, ast.Try):
            return self.run(node.body, used) and self.run(node.orelse, used) and self.run(node.finalbody, used)
        else:
            self.expression(node, used)
            return not isinstance(node, ENDS)
        return True

    def branches(self, test, bodies, used):
        self.expression(test, used)
        reached = []
        for body in bodies:
            state = dict(used)
            if self.run(body, state):
                reached.append(state)
        used.clear()
        for state in reached:
            used.update(state)
        return bool(reached)

    def loop(self, node, used):
        self.expression(node.iter if hasattr(node, "iter") else node.test, used)
        for _ in range(2):  # what one turn consumed, the next finds used
            if hasattr(node, "target"):
                self.forget(node.target, used)
            if not self.run(node.body, used):
                break
        self.run(node.orelse, used)

    def expression(self, node, used):
        comprehensions = [each for each in ast.walk(node) if isinstance(each, ast.comprehension)]
        fresh = {each.id for c in comprehensions for each in ast.walk(c.target) if isinstance(each, ast.Name)}
        lambdas = {each for part in ast.walk(node) if isinstance(part, ast.Lambda) for each in ast.walk(part)}
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and each not in lambdas]
        for call in sorted(calls, key=lambda each: (each.end_lineno, each.end_col_offset)):
            key = self.consumed(call)
            if not key or key.split("[")[0] in fresh:
                continue
            if self.excludes(self.consumers.get(key), call):
                continue
            if key in used or self.in_comprehension(call, node):
                self.found.setdefault(call, (key, used.get(key, call.lineno)))
            used.setdefault(key, call.lineno)
            self.consumers[key] = call
        for each in ast.walk(node):
            if isinstance(getattr(each, "ctx", None), (ast.Store, ast.Del)):
                self.forget(each, used)

    def excludes(self, first, second):
        """`a if small else b`: one of both is evaluated."""
        above, node = {}, first
        while node in self.module.parents:
            above[self.module.parents[node]] = node
            node = self.module.parents[node]
        node = second
        while node in self.module.parents:
            parent = self.module.parents[node]
            if isinstance(parent, ast.IfExp) and parent in above:
                return {above[parent], node} == {parent.body, parent.orelse}
            node = parent
        return False

    def in_comprehension(self, call, top):
        """Consumed anew for each element (not in the first iterable, which is evaluated once)."""
        node = call
        while node is not top:
            parent = self.module.parents[node]
            if isinstance(parent, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) and node is parent.elt:
                return True
            node = parent
        return False

    def forget(self, target, used):
        for each in ast.walk(target):
            if isinstance(each, (ast.Name, ast.Attribute)) and isinstance(each.ctx, (ast.Store, ast.Del)):
                text = ast.unparse(each)
                for key in [k for k in used if k == text or k.startswith((text + "[", text + "."))]:
                    del used[key]

    def consumed(self, call):
        name = self.module.resolve(call.func) or ""
        if not name.startswith("jax.random.") or name.rpartition(".")[2] in NOT_CONSUMING:
            return ""
        first = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "key"), None)
        if isinstance(first, (ast.Name, ast.Attribute)) or (
                isinstance(first, ast.Subscript) and isinstance(first.slice, ast.Constant)):
            return ast.unparse(first)
        return ""


def judge(module):
    if not module.imports("jax"):
        return
    keys = Keys(module)
    keys.run(module.tree.body, {})
    for call, (key, line) in keys.found.items():
        split = module.spelling("jax.random.split")
        where = "in every turn" if line == call.lineno else f"first in line {line}"
        yield Finding("DET324", "unseeded-rng", call,
                      message=f"the key `{key}` is consumed again ({where})",
                      label="equal keys give equal numbers: the draws are not independent",
                      fix=f"split it before each use: `{key}, subkey = {split}({key})`")
