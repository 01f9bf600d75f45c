# SPDX-License-Identifier: Apache-2.0
"""Random calls for check-values: numbers, dates, times, intervals and templates near their edges."""
import re
import struct

MONTHS = ["Jan", "february", "MAR", "apr", "May", "Jun", "july", "aug", "Sept", "sep", "oct", "november", "Dec", "foo"]
WEEKDAYS = ["Fri", "monday", "tues", "Sat,", "thurs"]
YEARS = ["2020", "1999", "2000", "1900", "0001", "0044", "99", "20", "12345", "294276", "294277", "5874897", "5874898",
         "4713", "4714", "0000", "123", "1", "2100", "10000"]
MONTH_NUMBERS = ["1", "01", "02", "2", "12", "06", "13", "00", "3", "09", "11"]
DAYS = ["1", "01", "31", "30", "29", "28", "15", "32", "00", "5", "05", "12"]
ZONES = ["", "", "", "", "Z", "z", " UTC", "+00", "+02", "-05:30", "+0530", "+15:59", "-16", " +1", "+01:02:03", " GMT",
         " CET", "+123", "-00", "+24:00", " zulu"]
SHAPES = ["YYYY-MM-DD", "DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "YYYYMMDD", "DD-Mon-YYYY", "Month DD, YYYY", "DDMMYYYY",
          "DD/MM/YY", "FMDD FMMonth YYYY", "YYYY-DDD", "Dy, DD Mon YYYY", "IYYY-IW-ID", "IYYY-IDDD", "DDth Mon YYYY",
          "FXYYYY-MM-DD", "YYYY/MM/DD", "YYYYMM", "J", "CC YY", "Q YYYY", "YYYY WW", "YYYY-MM W", "YYYY-MM-DD BC"]
CLOCKS = ["HH24:MI:SS", "HH12:MI AM", "HH24MISS", "HH24:MI:SS.MS", "HH24:MI:SS.US", "HH:MI:SS pm", "HH24:MI:SS.FF6",
          "HH24:MI:SSTZH:TZM", "SSSS", "HH24:MI:SS TZH", "HH24:MI:SS.FF3TZH"]
FIELDS = ["YYYY", "YYYY", "MM", "MM", "DD", "DD", "MON", "Mon", "mon", "MONTH", "Month", "month", "DDD", "YY", "Y", "YYY",
          "Y,YYY", "DY", "Day", "D", "WW", "W", "Q", "CC", "J", "BC", "AD", "B.C.", "IYYY", "IW", "ID", "IDDD", "IY",
          "HH24", "MI", "SS", "HH12", "HH", "AM", "pm", "A.M.", "MS", "US", "FF3", "FF6", "FF1", "SSSS", "TZH", "TZM"]
TOKENS = re.compile(r'"[^"]*"|FX|FM|TZH|TZM|SSSS|FF[1-6]|HH24|HH12|IYYY|IDDD|Y,YYY|YYYY|MONTH|Month|month|MON|Mon|mon|DDD|'
                    r'YYY|A\.M\.|B\.C\.|Day|HH|MI|SS|MS|US|MM|DD|DY|Dy|AM|pm|BC|AD|CC|YY|IY|IW|ID|WW|TH|th|[YDJQWI]|.')
TEXTS = {
    "YYYY": YEARS, "IYYY": YEARS, "MM": MONTH_NUMBERS, "DD": DAYS, "DDD": ["001", "060", "366", "365", "45", "371"],
    "IDDD": ["001", "364", "371", "45"], "YY": ["20", "99", "00", "70", "69", "5", "1999"], "IY": ["20", "99"],
    "CC": ["20", "21", "00", "1"], "Y": list("0259"), "YYY": ["020", "999", "520", "019", "2020"],
    "Y,YYY": ["2,020", "1,999", "12,345", "0,044"], "WW": ["01", "53", "52", "54", "00"], "IW": ["01", "53", "52", "54"],
    "W": list("123456"), "Q": list("12345"), "ID": list("123780"), "D": list("12378"), "BC": ["BC", "AD", "bc", "ad"],
    "AD": ["BC", "AD"], "B.C.": ["B.C.", "A.D.", "a.d."], "AM": ["AM", "PM", "am"], "pm": ["AM", "pm"],
    "A.M.": ["A.M.", "p.m."], "J": ["2451545", "2458850", "1", "0", "2147483647"], "SSSS": ["0", "86399", "86400", "3661"],
    "TZH": ["+02", "-05", "02", "+1", "-16", "+15"], "TZM": ["00", "30", "59", "60"], "TH": ["th", "xx"], "th": ["st", ""],
    "HH24": ["00", "1", "12", "13", "23", "24"], "HH12": ["00", "1", "12", "13"], "HH": ["00", "1", "12", "13"],
    "MI": ["00", "59", "60", "7"], "SS": ["00", "59", "60", "7"], "FX": [""], "FM": [""],
}
FRACTIONS = ["5", "123", "123456", "000", "25", "1234567", "0001"]
UNITS = ("y yr yrs year years mon mons month months w week weeks d day days h hr hrs hour hours m min mins minute minutes "
         "s sec secs second seconds ms msec msecs millisecond milliseconds us usec usecs microsecond microseconds decade "
         "decades century centuries millennium millennia dec c mil").split()
PARTS = ["year", "month", "day", "hour", "minute", "second", "milliseconds", "microseconds", "week", "quarter", "decade",
         "century", "millennium", "isoyear", "dow", "isodow", "doy", "epoch"]


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.any = rng.choice

    def jitter(self, text, bytes_):
        chance = self.rng.random()
        at = self.rng.randrange(len(text) + 1)
        if chance < 0.08:
            return text[:at] + self.any(bytes_) + text[at:]
        return text[:at] + text[at + 1:] if chance < 0.12 else text

    # ---- numbers

    def digits(self, longest):
        count = self.rng.randint(1, longest)
        return "".join(self.any("0123456789" if self.rng.random() < 0.7 else "09") for _ in range(count))

    def numeric(self):
        chance = self.rng.random()
        if chance < 0.04:
            return self.any(["NaN", "Infinity", "-Infinity", "0", "0.00", "-0.0", "1", "-1", "10000", "0.0001"])
        longest = 6 if chance < 0.35 else 20 if chance < 0.6 else 60 if chance < 0.98 else 600
        text = self.any(["", "", "-"]) + self.digits(longest)
        if self.rng.random() < 0.6:
            text += "." + self.digits(longest)
        if self.rng.random() < 0.1:
            text += self.any(["e", "E"]) + str(self.rng.randint(-30, 30))
        return text

    def numeric_text(self):
        odd = ["", ".", "1.", ".5", "+1", "- 1", "1e", "1e5", "1e 5", "1e-5", "1e+5", "nan", "inf", "-inf", "+infinity",
               " 1 ", "1 1", "0x10", "1_000", "1e16383", "1e-16383", "1e-16384", "1e131071", "1e131072", "0e999999999",
               "1e1073741822", "1e1073741823", "0." + "0" * 16383, "0." + "0" * 16384, "00000000001", "1e-5.5", "--1"]
        if self.rng.random() < 0.1:
            return self.any(odd)
        return self.jitter(self.numeric(), " .-+e5x")

    def double(self):
        chance = self.rng.random()
        if chance < 0.4:
            return f"%.{self.rng.randint(1, 20)}g" % self.bits("<d", "<Q", 64)
        if chance < 0.6:
            return f"%.{self.rng.randint(1, 10)}g" % self.bits("<f", "<I", 32)
        return self.digits(19) + "." + self.digits(8) + self.any(["", "e-5", "e12", "e-300", "e290"])

    def bits(self, form, integer, count):
        value = struct.unpack(form, struct.pack(integer, self.rng.getrandbits(count)))[0]
        return value if value == value and abs(value) != float("inf") else 1.5

    def numeric_call(self):
        name = self.any(["add", "sub", "mul", "div", "mod", "neg", "floor", "ceil", "round", "trunc", "cmp", "min_scale",
                         "fits", "int8", "float8", "in", "in"])
        if name == "in":
            return ["numeric_in", self.numeric_text()]
        call = [f"numeric_{name}", self.numeric()]
        if name in ("round", "trunc"):
            call.append(str(self.rng.randint(-40, 40)))
        elif name == "fits":
            precision = self.rng.randint(1, 60)
            call += [str(precision), str(self.rng.randint(-10, precision + 10))]
        elif name in ("add", "sub", "mul", "div", "mod", "cmp"):
            call.append(self.related(call[1]) if self.rng.random() < 0.3 else self.numeric())
        return call

    def related(self, number):
        """Equal or nearly so."""
        if not number[-1].isdigit() or "e" in number.lower():
            return number
        return self.any([number, number + ("0" if "." in number else ".0"), number[:-1] + self.any("0123456789"),
                         number.lstrip("-"), "-" + number.lstrip("-")])

    def double_call(self):
        return [self.any(["float8_in", "float4_in", "float8_numeric"]), self.double()]

    # ---- dates

    def time(self):
        hour = self.any(["00", "1", "12", "23", "24", "11", "5", "25", "04"])
        minute = self.any(["00", "5", "59", "60", "30", "08"])
        second = self.any(["00", "59", "60", "61", "7", "08"])
        fraction = self.any(["", "", "", ".5", ".123456", ".000001", ".", ".999999", ".1234567", ".1200000"])
        compact = hour.zfill(2) + minute.zfill(2)
        return self.any([f"{hour}:{minute}", f"{hour}:{minute}:{second}{fraction}", f"{hour}:{minute}:{second}{fraction}",
                         compact + second.zfill(2) + fraction, compact, f"{hour}:{minute}{fraction}"])

    def date(self):
        y, m, d, name = self.any(YEARS), self.any(MONTH_NUMBERS), self.any(DAYS), self.any(MONTHS)
        s = self.any(["-", "-", "-", "/", ".", " "])
        return self.any([y + s + m + s + d] * 6 + [
            m + s + d + s + y, d + s + name + s + y, f"{name} {d}, {y}", y + s + name + s + d, name + s + d + s + y,
            f"{d} {name} {y}", y.zfill(4) + m.zfill(2) + d.zfill(2), y[2:] + m + d,
            y + s + self.any(["031", "366", "365", "001", "000", "60"]), f"J{self.rng.randint(0, 3000000)}",
            d + name + y, m + s + d, y + s + m, f"{name} {y}", f"{y} {d} {name}"])

    def date_text(self):
        noon = self.any(["", "", "", "", "", "", " am", " PM", "pm"])
        era = self.any([""] * 8 + [" BC", " AD", "BC"])
        chance = self.rng.random()
        if chance < 0.25:
            text = self.date() + era
        elif chance < 0.8:
            front = self.any(["", " ", "", self.any(WEEKDAYS) + " "])
            text = front + self.date() + self.any([" ", "T", " ", "  ", " T"]) + self.time() + noon + self.any(ZONES) + era
        elif chance < 0.85:
            text = f"{self.time()}{noon} {self.date()}{self.any(ZONES)}"
        else:
            text = self.time() + noon + self.any(ZONES)
        return self.jitter(text, [" ", "-", "/", ":", ".", "0", "1", "a", "T", ",", "+", "  ", "x"])

    def date_call(self):
        return [self.any(["date_in", "time_in", "timestamp_in", "timestamptz_in"]), self.date_text()]

    def moment(self):
        year = self.rng.randint(1, 3000) if self.rng.random() < 0.8 else self.rng.randint(1, 294276)
        era = " BC" if year < 4700 and self.rng.random() < 0.15 else ""
        clock = f"{self.rng.randint(0, 23):02}:{self.rng.randint(0, 59):02}:{self.rng.randint(0, 59):02}"
        fraction = self.any(["", ".5", f".{self.rng.randint(0, 999999):06}"])
        return f"{year:04}-{self.rng.randint(1, 12):02}-{self.rng.randint(1, 28):02} {clock}{fraction}{era}"

    # ---- intervals

    def quantity(self):
        whole = self.any(["0", "1", "12", "59", "100", "999", "123456789", "2147483647", "9223372036854"])
        if self.rng.random() < 0.8:
            whole = str(self.rng.randint(0, 40))
        return self.any(["", "", "", "-", "+"]) + whole + self.any(["", "", "", ".5", ".25", ".1", ".333333", ".999999999", ".7"])

    def interval(self):
        chance = self.rng.random()
        if chance < 0.15:
            pair = f"{self.rng.randint(0, 30)}-{self.rng.randint(0, 13)}"
            return self.any(["", "-", "+"]) + pair + self.any(["", " 3", " 3 4:05:06", " 4:05"])
        if chance < 0.3:
            days = "".join(self.quantity() + self.any("YMWD") for _ in range(self.rng.randint(0, 3)))
            return "P" + days + self.any(["", "T" + self.quantity() + self.any("HMS")])
        parts = [self.quantity() + self.any([" ", "", "  "]) + self.any(UNITS) for _ in range(self.rng.randint(1, 4))]
        if self.rng.random() < 0.5:
            parts.append(self.any(["", "", "-", "+"]) + self.any(["00", "1", "23", "100"]) + ":" + self.any(["00", "5", "59"]) +
                         self.any(["", ":06", ":59", ":7.5", ":07.123456"]))
        return self.any(["", "", "@ "]) + self.any([" ", " ", ""]).join(parts) + self.any(["", "", "", " ago"])

    def small_interval(self):
        return (f"{self.rng.randint(-40, 40)} mons {self.rng.randint(-400, 400)} days "
                f"{self.any(['', '-'])}{self.rng.randint(0, 99)}:30:00.25")

    def interval_call(self):
        return ["interval_in", self.jitter(self.interval(), [" ", "-", ":", ".", "x", "1"])]

    def moment_call(self):
        name = self.any(["extract", "date_trunc", "timestamp_add", "to_char"])
        if name == "timestamp_add":
            return [name, self.moment(), self.small_interval()]
        return [name, self.moment(), self.template()] if name == "to_char" else [name, self.any(PARTS), self.moment()]

    # ---- templates

    def template(self):
        if self.rng.random() < 0.5:
            clock = self.any([" ", "T", '"T"', ""]) + self.any(CLOCKS)
            return self.any(SHAPES) + self.any(["", clock])
        fields = [self.any(["", "", "", "FM"]) + self.any(FIELDS) + self.any(["", "", "", "", "th", "TH"]) +
                  self.any(["-", "/", ".", " ", "", ",", ":", "T", '"T"', "  ", " - ", '"at "', "x", "_"])
                  for _ in range(self.rng.randint(1, 6))]
        return self.any(["", "", "", "", "FX"]) + "".join(fields)

    def text_for(self, template):
        out = []
        for token in TOKENS.findall(template):
            if token.startswith('"'):
                out.append(token[1:-1])
            elif token in ("MS", "US") or token.startswith("FF"):
                out.append(self.any(FRACTIONS))
            elif token.upper() in ("MON", "MONTH"):
                out.append(self.any(MONTHS))
            elif token.upper() in ("DY", "DAY"):
                out.append(self.any(["Mon", "Tuesday", "fri", "SAT"]))
            else:
                out.append(self.any(TEXTS.get(token, [token])))
        text = "".join(out)
        if self.rng.random() < 0.03:
            text = text[:self.rng.randrange(len(text) + 1)]
        return self.jitter(text, [" ", "-", "/", "1", "x", "  "])

    def template_call(self):
        template = self.template()
        return [self.any(["to_date", "to_timestamp"]), self.text_for(template), template]

    # ---- text

    def text_call(self):
        ranges = [(32, 126), (0xA0, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2C60, 0x2C7F), (0x900, 0x97F), (0x24B0, 0x24F0),
                  (0x300, 0x36F), (0x10400, 0x1044F), (0xA640, 0xA7BF)]
        text = "".join(chr(self.rng.randint(*self.any(ranges))) for _ in range(self.rng.randint(1, 20)))
        return [self.any(["lower", "upper", "initcap"]), text]


def calls(rng, count):
    maker = Maker(rng)
    kinds = [maker.numeric_call] * 6 + [maker.date_call] * 4 + [maker.template_call] * 4 + [
        maker.double_call, maker.interval_call, maker.interval_call, maker.moment_call, maker.moment_call, maker.text_call]
    return [rng.choice(kinds)() for _ in range(count)]
