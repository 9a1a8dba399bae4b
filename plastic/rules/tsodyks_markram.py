"""Short-term facilitation and depression, with the release convention explicit."""

from dataclasses import dataclass

from plastic.rule import Flow, InputError, PlasticityRule, share, time_constant


@dataclass(frozen=True)
class TsodyksMarkram(PlasticityRule):
    """Each spike spends a share u of the resources x, and raises the share.

    release: 'u+' spends the share after its jump (Tsodyks, Pawelzik & Markram 1998), 'u-' before it.
    rest: what u relaxes to: 0 (1998), or U (Mongillo, Barak & Tsodyks 2008).
    """

    cite = "Tsodyks, Pawelzik & Markram (1998), Neural Computation 10:821"
    biology = "presynaptic calcium (u) and vesicle resources (x); it holds no value of its own"
    U: float = share(0.2)
    rest: float = share(0.0)
    tau_facil: float = time_constant(1.5)
    tau_rec: float = time_constant(0.2)
    release: str = "u+"

    def __post_init__(self):
        super().__post_init__()
        if self.release not in ("u+", "u-"):
            raise InputError(f"release of {self.name} is {self.release!r}; give 'u+' or 'u-'")

    def flow(self, s):
        facilitate = Flow(write=self.rest / self.tau_facil + self.U * s.pre, leak=1 / self.tau_facil + self.U * s.pre)
        deplete = Flow(write=1 / self.tau_rec, leak=1 / self.tau_rec + s.u * s.pre)
        variables = {"u": facilitate, "x": deplete}
        order = ("u", "x") if self.release == "u+" else ("x", "u")
        return {z: variables[z] for z in order} | {"w": Flow()}

    def efficacy(self, s):
        raised = s.u + self.U * (1 - s.u)
        return s.w * (raised if self.release == "u+" else s.u) * s.x

    def start(self):
        return {"u": self.rest, "x": 1.0, "w": 1.0}
