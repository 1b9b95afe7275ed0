"""Occupations by the codes of the Bureau of Labor Statistics, a few of them, and what each is paid here.

The codes and titles are public (Standard Occupational Classification of 2018). [I] Gusto has all of them and
the bureau's wages; ours are round numbers of a year's median pay in dollars, invented.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupation:
    """One occupation; `wage` is what it earns in a year, in dollars."""

    code: str
    title: str
    wage: int


_ROWS = (
    ("11-1011", "Chief Executives", 206_000),
    ("11-1021", "General and Operations Managers", 101_000),
    ("11-2021", "Marketing Managers", 158_000),
    ("11-2022", "Sales Managers", 136_000),
    ("11-3031", "Financial Managers", 156_000),
    ("11-3121", "Human Resources Managers", 136_000),
    ("11-9021", "Construction Managers", 104_000),
    ("11-9051", "Food Service Managers", 63_000),
    ("13-1111", "Management Analysts", 99_000),
    ("13-2011", "Accountants and Auditors", 80_000),
    ("15-1211", "Computer Systems Analysts", 103_000),
    ("15-1252", "Software Developers", 132_000),
    ("15-1254", "Web Developers", 84_000),
    ("17-2051", "Civil Engineers", 95_000),
    ("23-1011", "Lawyers", 145_000),
    ("25-2021", "Elementary School Teachers, Except Special Education", 63_000),
    ("27-1024", "Graphic Designers", 58_000),
    ("29-1021", "Dentists, General", 166_000),
    ("29-1141", "Registered Nurses", 86_000),
    ("31-9011", "Massage Therapists", 55_000),
    ("35-1011", "Chefs and Head Cooks", 58_000),
    ("37-3011", "Landscaping and Groundskeeping Workers", 37_000),
    ("39-5012", "Hairdressers, Hairstylists, and Cosmetologists", 35_000),
    ("41-2031", "Retail Salespersons", 33_000),
    ("41-9022", "Real Estate Sales Agents", 54_000),
    ("43-3031", "Bookkeeping, Accounting, and Auditing Clerks", 47_000),
    ("47-2031", "Carpenters", 56_000),
    ("47-2111", "Electricians", 61_000),
    ("49-3023", "Automotive Service Technicians and Mechanics", 47_000),
    ("53-3032", "Heavy and Tractor-Trailer Truck Drivers", 54_000),
)
OCCUPATIONS = tuple(Occupation(code=code, title=title, wage=wage) for code, title, wage in _ROWS)


def find_occupation(code: str) -> Occupation | None:
    """Return an occupation by its code, with the hyphen or without: both are in Gusto's examples [D]."""
    digits = code.strip().replace("-", "")
    return next((each for each in OCCUPATIONS if each.code.replace("-", "") == digits), None)


def search_occupations(text: str) -> list[Occupation]:
    """Return the occupations whose title has every word of a search in it; [I] case does not count."""
    words = text.casefold().split()
    return [each for each in OCCUPATIONS if all(word in each.title.casefold() for word in words)]
