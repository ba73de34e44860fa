"""What a grade is made of: criteria with points, each with feedback that names what the hardware saw."""
import dataclasses
import json


@dataclasses.dataclass
class Criterion:
    name: str
    points: int  # at most
    earned: float = 0.0
    feedback: list = dataclasses.field(default_factory=list)

    def give(self, share):
        """A share of the points, 0..1."""
        self.earned = round(self.points * max(0.0, min(1.0, share)), 2)


class Grade:
    def __init__(self, lab, seed, criteria):
        self.lab, self.seed = lab, seed
        self.criteria = {name: Criterion(name, points) for name, points in criteria.items()}
        self.reason = None  # why there was nothing to grade

    def __getitem__(self, name):
        return self.criteria[name]

    @property
    def points(self):
        return round(sum(c.earned for c in self.criteria.values()), 2)

    @property
    def points_max(self):
        return sum(c.points for c in self.criteria.values())

    def table(self):
        lines = [f"lab {self.lab}, seed {self.seed}: {self.points:g} of {self.points_max}"]
        if self.reason:
            lines.append(f"  {self.reason}")
        for criterion in self.criteria.values():
            lines.append(f"  {criterion.earned:>6g} / {criterion.points:<4} {criterion.name}")
            lines += [f"                  {line}" for line in criterion.feedback]
        return "\n".join(lines)

    def gradescope(self):
        """The text of results.json as Gradescope reads it."""
        return json.dumps({
            "score": self.points,
            "output": self.reason or "",
            "tests": [{"name": c.name, "score": c.earned, "max_score": c.points, "output": "\n".join(c.feedback)}
                      for c in self.criteria.values()],
        }, indent=2)
