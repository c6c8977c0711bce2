"""Orders that only those who read warnings and logs see, and names that are bound anew."""
import logging

log = logging.getLogger(__name__)


def told(names, rank_zero_warn, trainer):
    missing = set(names) - {"a"}
    rank_zero_warn("not there: " + ", ".join(missing))
    log.info("not there: %s", ", ".join(missing))
    trainer.logger.error(f"not there: {', '.join(missing)}")
    trainer.warning_once(", ".join(missing))
    return len(missing)


def written(names, out, trainer):
    missing = set(names) - {"a"}
    trainer.info(", ".join(missing))  # expect: DET320
    out.write(", ".join(missing))  # expect: DET320
    out.warm(", ".join(missing))  # expect: DET320


def asked(arguments, ignore=()):
    ignore = list(set(ignore))
    return {name: value for name, value in arguments.items() if name not in ignore}


def handed_back(names):
    names = list(set(names))  # expect: DET320
    return names


def added_to(found, names):
    found += list(set(names))  # expect: DET320
