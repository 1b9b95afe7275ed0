"""Names of the sandbox's people: out of published fiction, or put together from it.

Nobody here lives. Half of the people have names that ASCII can write, the others are what breaks an
integration in its first week: other scripts, combining marks, apostrophes of several kinds, hyphens,
particles, names of one letter and of forty.
"""

# ruff: noqa: RUF001, RUF003 - letters that look like others are the point

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class NameGroup:
    """First and last names that go together; the n-th first name and the n-th last name are one figure."""

    first: tuple[str, ...]
    last: tuple[str, ...]

    def name(self, number: int) -> tuple[str, str]:
        """Return the name with this number, from 0; no two are alike below the cube of the group's size."""
        size = len(self.first)
        row, column = divmod(number, size)
        marriage, row = divmod(row, size)
        last = self.last[(column + row) % size]
        if marriage:
            last = f"{last}-{self.last[(column + row + marriage) % size]}"
        return self.first[column], last


def _group(*figures: str) -> NameGroup:
    pairs = [figure.split("|") for figure in figures]
    return NameGroup(first=tuple(pair[0] for pair in pairs), last=tuple(pair[1] for pair in pairs))


# Dickens, Austen, the Brontës, Melville, Alcott, Twain, Wharton, Eliot, Stevenson, Hardy
ENGLISH = _group(
    "Elizabeth|Bennet",
    "Fitzwilliam|Darcy",
    "Emma|Woodhouse",
    "Anne|Elliot",
    "Jane|Eyre",
    "Helen|Graham",
    "Samuel|Pickwick",
    "Esther|Summerson",
    "Philip|Pirrip",
    "Sydney|Carton",
    "Wilkins|Micawber",
    "Betsey|Trotwood",
    "Josephine|March",
    "Theodore|Laurence",
    "Dorothea|Brooke",
    "Tertius|Lydgate",
    "Maggie|Tulliver",
    "Silas|Marner",
    "Newland|Archer",
    "Ellen|Olenska",
    "Lily|Bart",
    "Tom|Sawyer",
    "Becky|Thatcher",
    "Hester|Prynne",
    "Bathsheba|Everdene",
    "Gabriel|Oak",
    "Henry|Jekyll",
    "Jim|Hawkins",
    "Catherine|Earnshaw",
    "Isabel|Archbold",
    "Phileas|Fogg",
)

OTHERS: Mapping[str, NameGroup] = MappingProxyType(
    {
        # Joyce, Swift and ballads; the second apostrophe is U+2019, the third U+02BC
        "apostrophes": _group("Molly|O'Flaherty", "Aoife|O’Madden", "Gráinne|D’Arcy-Burke", "Ned|Oʼ Neill"),
        # Fontane, Keller, Storm
        "German": _group(
            "Effi|von Briest-Innstetten",
            "Käthe|Möhring",
            "Jenny|Treibel",
            "Dubslav|von Stechlin",
            "Göran|Weiß",
        ),
        # Hugo, Dumas, Zola, Flaubert
        "French": _group(
            "Cosette|Fauchelevent", "Edmond|Dantès", "Étienne|Lantier", "Marie-Hélène|d'Artagnan", "Zoé|Maheu"
        ),
        # Cervantes, Pérez Galdós, Clarín
        "Spanish": _group(
            "Fortunata|Izquierdo Santa Cruz",
            "Dulcinea|Peña y Núñez",
            "Ana|Ozores",
            "Íñigo|Muñoz",
            "Gil|Ibáñez",
        ),
        # Machado de Assis, Eça de Queirós
        "Portuguese": _group(
            "Brás|Cubas", "Capitolina|Pádua", "João|da Ega", "Conceição|Magalhães", "Luísa|Brandão"
        ),
        # Ibsen, Strindberg, Hamsun, Jacobsen, Laxness's sagas
        "Nordic": _group(
            "Åse|Gynt", "Solveig|Bjørk", "Peer|Ångström", "Sæmundur|Þorgeirsson", "Øystein|Håkonsson", "Ö|Å"
        ),
        # Prus, Reymont, Němcová, Jókai, Eminescu
        "Central European": _group(
            "Stanisław|Wokulski",
            "Izabela|Łęcka",
            "Božena|Proškovská",
            "Mihály|Tímár",
            "Ştefan|Tătărăşteanu",
            "Žofie|Řeháčková",
        ),
        # Halit Ziya, Reşat Nuri: the dotless and the dotted i
        "Turkish": _group("Bihter|Yöreoğlu", "Feride|Işık", "İsmail|Çalıkuşu", "Nihâl|Ziyagil"),
        # Nguyễn Du
        "Vietnamese": _group("Kiều|Vương", "Trọng|Kim", "Thúy Vân|Nguyễn Thị", "Từ Hải|Đặng"),
        # Tolstoy, Dostoevsky, Pushkin, Chekhov
        "Russian": _group(
            "Анна|Каренина", "Родион|Раскольников", "Татьяна|Ларина", "Пьер|Безухов", "Софья|Мармеладова"
        ),
        # Kotliarevsky, Lesya Ukrainka
        "Ukrainian": _group("Наталка|Полтавка", "Мавка|Лісова", "Ґалаґан|Їжакевич", "Лукаш|Щербина"),
        # Papadiamantis, Roidis
        "Greek": _group(
            "Φραγκογιαννού|Χαδούλα", "Ερωφίλη|Παπαδιαμάντη", "Ιωάννα|Ροΐδου", "Ερωτόκριτος|Κορνάρος"
        ),
        # Natsume Sōseki, Higuchi Ichiyō, Murasaki; family name last, as Gusto's fields ask
        "Japanese": _group("三四郎|小川", "美登利|大黒屋", "清|坊", "葵|六条", "ケイ|ナツメ", "さくら|髙﨑"),
        # Cao Xueqin, Wu Cheng'en
        "Chinese": _group("宝玉|贾", "黛玉|林", "熙凤|王", "宝钗|薛", "悟空|孙", "元春|歐陽"),
        # Chunhyang, Hong Gildong
        "Korean": _group("춘향|성", "몽룡|이", "길동|홍", "심청|남궁"),
        # the Thousand and One Nights
        "Arabic": _group("شهرزاد|الوزير", "علاء الدين|بن مصطفى", "مرجانة|البغدادي", "سندباد|البحري"),
        # Agnon, Mapu
        "Hebrew": _group("תרצה|מינץ", "אמנון|בן־יותם", "תמר|מפו", "מנשה חיים|הכהן"),
        # Premchand, Tagore
        "Devanagari": _group("धनिया|महतो", "होरी|राम", "निर्मला|त्रिपाठी", "श्रीनिवास|क्षत्रिय"),
        # Silappatikaram; Sunthorn Phu
        "Tamil and Thai": _group("கண்ணகி|கோவலன்", "மாதவி|இளங்கோ", "อภัยมณี|ศรีสุวรรณ", "สุดสาคร|สินสมุทร"),
        # folk tales: marks that have no letter of their own in Unicode, the ʻokina, clicks
        "marks": _group("Adébáyọ̀|Ọmọ́táyọ̀", "Ọbà|Ẹ̀kúnwé", "Kaʻiulani|Keawe‐Hoʻomalu", "ǂGao|ǃNaba"),
        # the longest and the shortest; a mark above the basic plane; digits are no mistake either
        "lengths": _group(
            "Wolfeschlegel-Maximiliana Charlotte Ludovica|Montmorency-Bouteville de Saint-Germain-des-Prés",
            "O|Li",
            "X|Ng",
            "Bartholomew Featherstonehaugh|Cholmondeley-Marjoribanks the 3rd",
            "𐐔𐐯𐑅𐐨𐑉𐐯𐐻|𐐏𐐨𐑅",
        ),
    }
)

PREFERRED = ("Lizzy", "Bess", "Pip", "Jo", "Mo", "Zé", "Саша", "小明")
INITIALS = ("A", "B", "É", "J", "K", "М", "Ø", "T")
