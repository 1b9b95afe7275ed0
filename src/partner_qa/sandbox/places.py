"""Companies, addresses and jobs of the sandbox: invented, but for cities, states and their zip codes.

Gusto's people live and work in the United States, so addresses must look like it. Telephone numbers are
those that are kept for fiction (555-0100 to 555-0199); e-mail domains end in `.example` (RFC 2606).
"""

from __future__ import annotations

COMPANIES = (
    "Pickwick Papers & Co.",
    "Hohen-Cremmen Gärtnerei",
    "Dedlock and Daughters",
    "Société Maheu",
    "Sancho's Windmills",
    "Ōgawa Tea House",
    "Nemo Deep Sea Survey",
    "Barataria Holdings",
    "Micawber's Expectations",
    "Bounderby Mills",
    "Łęcka i Wokulski",
    "Casterbridge Corn Exchange",
    "Lindalino Instruments",
    "Old Curiosity Logistics",
    "Brobdingnag Freight",
    "Café Zoé",
)

# city, state, zip, telephone area code
CITIES = (
    ("San Francisco", "CA", "94107", "415"),
    ("Denver", "CO", "80202", "303"),
    ("New York", "NY", "10001", "212"),
    ("Austin", "TX", "78701", "512"),
    ("Seattle", "WA", "98101", "206"),
    ("Chicago", "IL", "60601", "312"),
    ("Boston", "MA", "02108", "617"),
    ("Coeur d'Alene", "ID", "83814", "208"),
    ("Cañon City", "CO", "81212", "719"),
    ("Honolulu", "HI", "96813", "808"),
    ("Truth or Consequences", "NM", "87901", "575"),
    ("Ely", "NV", "89301", "775"),
)

STREETS = (
    "Longbourn Lane",
    "Baker Hill Road",
    "Rue Morgue Way",
    "Treasure Island Drive",
    "Cranford Street",
    "Middlemarch Avenue",
    "Calle de la Mancha",
    "Gateshead Terrace",
)

# title, hourly rates or yearly salary in whole dollars, hourly?
JOBS = (
    ("Account Director", 96_000, False),
    ("Barista", 19, True),
    ("Bookkeeper", 58_000, False),
    ("Carpenter", 31, True),
    ("Customer Support", 22, True),
    ("Engineer II", 118_000, False),
    ("Gärtner", 24, True),
    ("Nurse (per diem)", 46, True),
    ("Shift Lead", 27, True),
    ("Vice President, Operations", 164_000, False),
)

DEPARTMENTS = ("Operations", "Kitchen & Garden", "Finance", "Entwicklung", "Field Work", "営業")
