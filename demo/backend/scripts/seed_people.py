"""Add the people, and their leave, that are not there yet.

python -m scripts.seed_people
"""

from datetime import date, timedelta

from app.db.session import SessionLocal
from app.models import Absence, Person
from sqlalchemy import select
from sqlalchemy.orm import Session

# Invented, by postgraduate year.
NAMES = {
    1: "Ada Lindqvist, Bruno Okafor, Chiara Weiss, Dmitri Halvorsen, Esther Nakagawa, "
    "Farid Benali, Greta Osei, Hugo Castellan, Imani Brandt, Jonas Petrov",
    2: "Keiko Marchetti, Liam Adeyemi, Mona Rasmussen, Nikhil Ferreira, Olga Tanaka, "
    "Pavel Mbeki, Quinn Delacroix, Rosa Haddad, Soren Iyer",
    3: "Talia Kovac, Umar Lindholm, Vera Santangelo, Wim Oyelaran, Xenia Fischer, "
    "Yusuf Moreau, Zofia Bergstrom, Anton Quispe, Beatriz Holm",
}
# first name, days after the academic year's start on July 1st, length in days, reason
LEAVE = [
    ("Bruno", 14, 14, "vacation"),
    ("Greta", 40, 10, "parental leave"),
    ("Liam", 60, 28, "parental leave"),
    ("Olga", 100, 5, "conference"),
    ("Rosa", 130, 14, "vacation"),
    ("Vera", 160, 21, "vacation"),
    ("Yusuf", 175, 12, "vacation"),
    ("Anton", 200, 3, "conference"),
    ("Chiara", 215, 14, "vacation"),
    ("Soren", 260, 20, "research visit"),
]


def academic_year(today: date) -> date:
    return date(today.year if today.month >= 7 else today.year - 1, 7, 1)


def add_people(db: Session) -> int:
    known = set(db.scalars(select(Person.email)))
    new = []
    for pgy_level, names in NAMES.items():
        for name in names.split(", "):
            email = name.lower().replace(" ", ".") + "@example.org"
            if email not in known:
                new.append(Person(name=name, email=email, pgy_level=pgy_level))
    db.add_all(new)
    db.flush()
    return len(new)


def add_leave(db: Session) -> int:
    year = academic_year(date.today())
    ids = {name.split()[0]: i for name, i in db.execute(select(Person.name, Person.id))}
    known = set(db.execute(select(Absence.person_id, Absence.starts_on)).tuples())
    new = []
    for first_name, offset, days, reason in LEAVE:
        person_id, starts_on = ids[first_name], year + timedelta(days=offset)
        if (person_id, starts_on) not in known:
            ends_on = starts_on + timedelta(days=days - 1)
            new.append(
                Absence(
                    person_id=person_id,
                    starts_on=starts_on,
                    ends_on=ends_on,
                    reason=reason,
                )
            )
    db.add_all(new)
    return len(new)


def main() -> None:
    total = sum(len(names.split(", ")) for names in NAMES.values())
    with SessionLocal() as db:
        people, leave = add_people(db), add_leave(db)
        db.commit()
    print(f"people: {people} added, {total - people} there")
    print(f"absences: {leave} added, {len(LEAVE) - leave} there")


if __name__ == "__main__":
    main()
