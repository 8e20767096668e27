"""Opening hours: OpenStreetMap's, and the words of authorities; unknown is not closed."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siteplanner.sources.hours import as_osm, overlap_hours, week, weeks
from siteplanner.sources.reading import read

CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
NAMES = {
    "spanish": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "portuguese": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
    "english": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def oracle(text: str) -> np.ndarray:
    """Read ``Mo-Fr 08:00-12:00,14:00-16:30; Sa 09:00-10:00`` minute by minute."""
    minutes = np.zeros((7, 1440), dtype=bool)
    for rule in text.split("; "):
        days, spans = rule.split(" ")
        for some in days.split(","):
            first, _, last = some.partition("-")
            start, end = CODES.index(first), CODES.index(last or first)
            for day in range(start, end + 1 + (7 if end < start else 0)):
                for span in spans.split(","):
                    a, b, c, d = map(int, re.findall(r"\d\d", span))
                    minutes[day % 7, 60 * a + b : 60 * c + d] = True
    return minutes.reshape(336, 30).all(axis=1)


@pytest.mark.parametrize(
    ("text", "osm"),
    [
        ("Lunes a viernes de 8:00 a.m. a 4:30 p.m", "Mo-Fr 08:00-16:30"),
        ("LUNES A VIERNES: 7:00 am - 5:00 pm", "Mo-Fr 07:00-17:00"),
        ("Lunes miércoles y viernes 2:00 pm a 5:00 pm", "Mo,We,Fr 14:00-17:00"),
        ("Martes, miércoles y jueves 8:00 am a 4:00 pm", "Tu,We,Th 08:00-16:00"),
        (
            "Lunes a viernes de 6 a.m. a 7 p.m. - Sábados de 7 a.m. a 1:00 p.m.",
            "Mo-Fr 06:00-19:00; Sa 07:00-13:00",
        ),
        (
            "Miércoles de 8:00 am a 10:00 am - 10:00 am a 11:00 am - 1:00 pm a 3:00 pm",
            "We 08:00-10:00,10:00-11:00,13:00-15:00",
        ),
        (
            "Martes y Viernes de 8:00 am – 11:00 am y de 2:00 pm a 5:00 pm",
            "Tu,Fr 08:00-11:00,14:00-17:00",
        ),
        ("Lunes de 9:00 a 12:00 m.", "Mo 09:00-12:00"),
        ("Lunes de 9:00 am a 12 m", "Mo 09:00-12:00"),
        ("Lunes de 2 a 5 pm", "Mo 14:00-17:00"),
        ("Lunes de 8 a 5 pm", "Mo 08:00-17:00"),
        ("Lunes a viernes 08:00-17:00", "Mo-Fr 08:00-17:00"),
        ("Viernes a lunes de 8:00 am a 9:00 am", "Fr-Mo 08:00-09:00"),
        ("Todos los días de 8:00 am a 8:00 pm", "Mo-Su 08:00-20:00"),
        ("Lunes a domingo 24 horas", "Mo-Su 00:00-24:00"),
        ("Segunda a sexta-feira, das 8h às 17h", "Mo-Fr 08:00-17:00"),
        ("Terça e quinta das 13h30 às 17h", "Tu,Th 13:30-17:00"),
        ("Todos os dias das 7h às 22h", "Mo-Su 07:00-22:00"),
        ("Segunda, quarta e sexta: 9h às 12h e 14h às 18h", "Mo,We,Fr 09:00-12:00,14:00-18:00"),
        ("Monday to Friday 9 am to 5 pm", "Mo-Fr 09:00-17:00"),
    ],
)
def test_words_of_authorities(text, osm):
    assert as_osm(text) == osm
    assert np.array_equal(week(text), oracle(osm))


@pytest.mark.parametrize(
    "text",
    [
        "A demanda", "Lunes a viernes", "Lunes a sábado", "1 vez al mes de 8:00 am a 10:00 am",
        "Dos jueves al mes de 8:00 am a 11:00 am", "Lunes y miércoles de 7:00 pm a 6:00 pm",
        "08:00 am a 4:00 pm", "Lunes 2:00 a 5:00", "Martes y viernes 11:00 am y 2:00 pm",
        "Lunes a viernes de 8:00 am a 4:00 pm - Sábado a demanda", "Lunes 8:00 am", "", "nan",
        "Lunes de 13:00 pm a 14:00 pm", "Lunes de 8:00 am a 25:00", "Último viernes de mes 6:00 pm",
        "Mo-Fr", '"by appointment"', 'Mo-Fr 08:00-12:00 "by appointment"', "unknown",
        "Mo-Fr 08:00-12:00; Sa unknown", "sunrise-sunset", "No lunes de 8:00 am a 9:00 am",
    ],
)  # fmt: skip
def test_what_is_not_said_is_unknown(text):
    assert week(text) is None


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24/7", 168), ("off", 0), ("Las 24 horas", 168), ("Mo-Fr 08:00-12:00", 20),
        ("Mo-Fr 08:15-12:15", 5 * 3.5),  # only half hours that are open throughout
        ("Mo-Su 10:00-12:00; Su off", 12), ("Fr 22:00-02:00", 4), ("10:00-18:00; PH off", 56),
        ("Mo-Fr 09:00-17:00; Dec 24-31 off", 40), ("Mo[1] 08:00-10:00", 0),  # most weeks closed
        ("Jan-Oct Mo 08:00-10:00", 2),
    ],
)  # fmt: skip
def test_openstreetmap(text, hours):
    assert week(text).sum() / 2 == hours


def test_a_night_ends_on_the_next_day():
    assert np.flatnonzero(week("Fr 22:00-02:00")).tolist() == [*range(4 * 48 + 44, 5 * 48 + 4)]


@given(
    st.sampled_from(sorted(NAMES)),
    st.integers(0, 6),
    st.integers(0, 6),
    st.integers(0, 46),
    st.integers(1, 47),
)
def test_days_and_times_of_any_language(language, first, last, start, length):
    end = min(start + length, 47)
    if start == end or first == last:
        return
    clock = ["{:02d}:{:02d}".format(*divmod(30 * one, 60)) for one in (start, end)]
    halves = [
        f"{(hour + 11) % 12 + 1}:{minute} {'am' if hour < 12 else 'pm'}"
        for hour, minute in ((int(one[:2]), one[3:]) for one in clock)
    ]
    to = {"spanish": "a", "portuguese": "às", "english": "to"}[language]
    a, b = NAMES[language][first], NAMES[language][last]
    text = f"{a} a {b} {halves[0]} {to} {halves[1]}"
    osm = f"{CODES[first]}-{CODES[last]} {clock[0]}-{clock[1]}"
    assert np.array_equal(week(text), oracle(osm))
    assert np.array_equal(week(osm), oracle(osm))


def test_weeks_of_a_column():
    texts = pd.Series(
        ["24/7", None, "A demanda", "Lunes de 8 am a 9 am", "24/7"], index=list("abcde")
    )
    before = texts.copy()
    hours, known = weeks(texts)
    assert hours.shape == (5, 336)
    assert hours.sum(axis=1).tolist() == [336, 0, 0, 2, 336]
    assert known.tolist() == [True, False, False, True, True]
    pd.testing.assert_series_equal(texts, before)
    assert weeks(texts.iloc[:0])[0].shape == (0, 336)


def test_a_week_can_be_changed_without_harm():
    week("24/7")[:] = False
    assert week("24/7").all()


def test_overlap_of_all_pairs():
    hours, _ = weeks(pd.Series(["Mo 08:00-12:00", "Mo 10:00-14:00", "Tu 08:00-12:00"]))
    assert overlap_hours(hours[:, None], hours[None]).tolist() == [[4, 2, 0], [2, 4, 0], [0, 0, 4]]


def test_a_layer_carries_its_hours_and_says_what_it_cannot_read(reading, write):
    name = write(
        "services.csv",
        "lon,lat,when\n-74.1,4.61,Lunes de 8 am a 9 am\n-74.2,4.62,A demanda\n-74.3,4.63,\n",
    )
    source = reading(name, hours="when", crs="EPSG:4326")
    texts = source.table.sort_values("hours")["hours"]
    assert texts.iloc[:2].tolist() == ["A demanda", "Lunes de 8 am a 9 am"]
    assert pd.isna(texts.iloc[2])
    said = [str(one) for one in source.notices]
    assert any("1 of 3 rows flagged: their hours cannot be read" in one for one in said)
    assert any(
        "1 of 3 rows flagged: they give no hours: unknown, not closed" in one for one in said
    )


def test_hours_that_are_not_in_the_file_or_clash(refused, write):
    name = write("services.csv", "lon,lat,when\n-74.1,4.61,24/7\n")
    keys = {"crs": "EPSG:4326"}
    assert "hours: layers/services.csv has no column 'wen'" in refused(name, hours="wen", **keys)
    columns = {"hours": {"from": "when", "kind": "category"}}
    assert "'hours' is a name siteplanner uses" in refused(
        name, hours="when", columns=columns, **keys
    )


@pytest.mark.data
def test_bogotas_care_services(real_data, layer, tmp_path, monkeypatch):
    """Of 151 services 75 give no week; of the other 76 the hours of 32 are told and read."""
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    path = "${SITEPLANNER_DATA}/bogota/manzanas_cuidado_servicios.geojson"
    source = read(layer(path, hours="horario"), tmp_path)
    hours, known = weeks(source.table["hours"])
    assert len(known) == 151
    assert known.sum() == 32
    assert (hours[known].sum(axis=1) > 0).all()
