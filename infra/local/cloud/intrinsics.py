"""Works out the intrinsic functions of a CloudFormation template: Ref, Fn::GetAtt, Fn::Sub and their like."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class TemplateFault(ValueError):
    """Something in the template that the local cloud cannot do; the message says where."""


class _NoValue:
    """What `AWS::NoValue` stands for: the property is left out."""


NO_VALUE = _NoValue()


@dataclass(frozen=True)
class Resolver:
    """Replaces intrinsic functions by their values.

    `values` are those of parameters, pseudo parameters and resources (what Ref gives), `attributes` what Fn::GetAtt
    gives by `(logical id, attribute)`, `conditions` the template's own, unresolved. Raises TemplateFault for names and
    functions that it does not know.
    """

    values: Mapping[str, Any]
    attributes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """The value with every intrinsic function in it worked out."""
        if isinstance(value, Mapping):
            if len(value) == 1:
                name, argument = next(iter(value.items()))
                if name == "Ref":
                    return self._ref(argument)
                if name == "Condition" and isinstance(argument, str):
                    return self.holds(argument)
                if name.startswith("Fn::"):
                    return self._call(name.removeprefix("Fn::"), argument)
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        return value

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is met."""
        if condition not in self.conditions:
            raise TemplateFault(f"no condition is called {condition!r}")
        return bool(self.resolve(self.conditions[condition]))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name not in self.values:
            raise TemplateFault(f"Ref {name}: no parameter or resource that the local cloud makes is called so")
        return self.values[name]

    def _call(self, name: str, argument: Any) -> Any:
        known: dict[str, Callable[[Any], Any]] = {
            "GetAtt": self._get_att,
            "Sub": self._sub,
            "Join": lambda a: str(a[0]).join(map(str, self.resolve(a[1]))),
            "Select": lambda a: self.resolve(a[1])[int(self.resolve(a[0]))],
            "Split": lambda a: self.resolve(a[1]).split(a[0]),
            "If": lambda a: self.resolve(a[1] if self.holds(a[0]) else a[2]),
            "Equals": lambda a: str(self.resolve(a[0])) == str(self.resolve(a[1])),
            "Not": lambda a: not self.resolve(a[0]),
            "And": lambda a: all(map(self.resolve, a)),
            "Or": lambda a: any(map(self.resolve, a)),
        }
        if name not in known:
            raise TemplateFault(f"Fn::{name} is not known to the local cloud")
        return known[name](argument)

    def _get_att(self, argument: Any) -> str:
        resource, attribute = argument.split(".", 1) if isinstance(argument, str) else map(str, argument)
        if (resource, attribute) not in self.attributes:
            raise TemplateFault(f"GetAtt {resource}.{attribute}: the local cloud does not know it")
        return self.attributes[resource, attribute]

    def _sub(self, argument: Any) -> str:
        text, extra = (argument, {}) if isinstance(argument, str) else argument

        def replace(found: re.Match[str]) -> str:
            literal, name = found[1], found[2].strip()
            if literal:
                return f"${{{found[2]}}}"
            if name in extra:
                return str(self.resolve(extra[name]))
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _PLACEHOLDER.sub(replace, text)
