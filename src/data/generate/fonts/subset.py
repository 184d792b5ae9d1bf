#!/usr/bin/env python3
"""Make the digit fonts of this folder from Debian's font packages, and FONTS.md beside them.

Needs `apt-get` (Debian or Ubuntu, package lists updated), `dpkg` and `pip install fonttools`.
Each typeface is cut down to the outlines of 0-9 and renamed "Digits NN", as the SIL Open Font
License asks of modified fonts whose name is reserved; its copyright and licence entries stay.

    python3 subset.py [FOLDER-OF-UNPACKED-PACKAGES]
"""

import glob
import os
import subprocess
import sys
import tempfile

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = os.path.dirname(os.path.abspath(__file__))
OFL11, OFL10, APACHE, VERA = "OFL-1.1", "OFL-1.0", "Apache-2.0", "Bitstream-Vera"

# (kind, typeface, file name pattern, Debian package, licence, copyright as its authors state it)
FONTS = [
    ("hand", "Breip", "Breip.ttf", "fonts-breip", OFL10,
     "2006 Alan Hussey and Adam Breipohl, with Reserved Font Name Breip"),
    ("hand", "Because We Build", "BecauseWeBuild-Regular.otf", "fonts-bwht", OFL11, "2019 Red Hat, Inc."),
    ("hand", "Because We Connect", "BecauseWeConnect-Regular.otf", "fonts-bwht", OFL11, "2019 Red Hat, Inc."),
    ("hand", "Because We Learn", "BecauseWeLearn-Regular.otf", "fonts-bwht", OFL11, "2019 Red Hat, Inc."),
    ("hand", "Because We Organize", "BecauseWeOrganize-Regular.otf", "fonts-bwht", OFL11, "2019 Red Hat, Inc."),
    ("hand", "dkg handwriting", "dkg.ttf", "fonts-dkg-handwriting", OFL11,
     "2005-2007 Daniel Kahn Gillmor, with Reserved Font Name dkg handwriting"),
    ("hand", "dkg handwriting Bold", "dkgBd.ttf", "fonts-dkg-handwriting", OFL11,
     "2005-2007 Daniel Kahn Gillmor, with Reserved Font Name dkg handwriting"),
    ("hand", "Humor Sans", "Humor-Sans.ttf", "fonts-humor-sans", OFL11,
     "2009 Michael Ciuffo, with Reserved Font Name Humor-Sans"),
    ("hand", "Kristi", "Kristi.ttf", "fonts-kristi", OFL11, "2010 Birgit Pulk"),
    ("hand", "Tomson Talks", "TomsonTalks.ttf", "fonts-tomsontalks", OFL11, "2008-2010 Frank Bruder"),
    ("hand", "Yusei Magic", "YuseiMagic-Regular.ttf", "fonts-yusei-magic", OFL11,
     "2020 The Yusei Magic Project Authors"),
    ("hand", "Klee One", "KleeOne-Regular.ttf", "fonts-klee", OFL11, "2020 The Klee Project Authors"),
    ("hand", "Dancing Script", "DancingScript-Regular.otf", "fonts-dancingscript", OFL11,
     "2011 Pablo Impallari, with Reserved Font Name Dancing Script"),
    ("hand", "Kaushan Script", "KaushanScript-Regular.otf", "fonts-kaushanscript", OFL11,
     "2011 Pablo Impallari, 2011 Igino Marini, with Reserved Font Name Kaushan Script"),
    ("hand", "Havana", "Havana-Regular.otf", "fonts-havana", OFL11,
     "2016 Stowarzyszenie Kulturotwórcze Miastodwa, Joanna Angulska"),
    ("hand", "Comic Neue Bold", "ComicNeue-Bold.otf", "fonts-comic-neue", OFL11,
     "2014 The Comic Neue Project Authors"),
    ("hand", "Leckerli One", "LeckerliOne-Regular.ttf", "fonts-leckerli-one", OFL11,
     "2011 Gesine Todt, with Reserved Font Names Leckerli"),
    ("print", "DejaVu Sans", "DejaVuSans.ttf", "fonts-dejavu-core", VERA,
     "2003 Bitstream, Inc.; DejaVu changes are in the public domain"),
    ("print", "DejaVu Serif Bold", "DejaVuSerif-Bold.ttf", "fonts-dejavu-core", VERA,
     "2003 Bitstream, Inc.; DejaVu changes are in the public domain"),
    ("print", "Bebas Neue", "BebasNeue-Regular.otf", "fonts-bebas-neue", OFL11, "2010 Ryoichi Tsunekawa"),
    ("print", "League Mono Extended Bold", "LeagueMono-ExtendedBold.otf", "fonts-league-mono", OFL11,
     "2017-2022 Tyler Finck"),
    ("print", "Old Standard", "OldStandard-Regular.ttf", "fonts-oldstandard", OFL11, "2006-2011 Alexey Kryukov"),
    ("print", "Quicksand", "Quicksand-Regular.ttf", "fonts-quicksand", OFL11,
     "2011 The Quicksand Project Authors, with Reserved Font Name Quicksand"),
    ("print", "Roboto Slab", "RobotoSlab-Regular.otf", "fonts-roboto-slab", APACHE, "Google Inc."),
    ("print", "Jura", "Jura-Regular.otf", "fonts-jura", OFL11, "2009 Daniel Johnson, 2016 Alexei Vanyashin"),
    ("print", "Lobster Two Bold", "LobsterTwo-Bold.otf", "fonts-lobstertwo", OFL11,
     "2011 Pablo Impallari, 2011 Igino Marini, with Reserved Font Names Lobster and Lobster Two"),
    ("print", "Lemonada", "Lemonada-Regular.otf", "fonts-lemonada", OFL11, "2015-2018 Mohamed Gaber"),
    ("print", "Averia Serif Bold Italic", "AveriaSerifGWF-BoldItalic.ttf", "fonts-averia-serif-gwf", OFL11,
     "2011 Dan Sayers, with Reserved Font Names AveriaSerifGWF and Averia Serif GWF"),
    ("print", "Yanone Kaffeesatz", "YanoneKaffeesatz-Regular.otf", "fonts-yanone-kaffeesatz", OFL11,
     "2010 The Yanone Kaffeesatz Project Authors"),
    ("print", "Radis Sans", "RadisSans-medium.otf", "fonts-radisnoir", OFL11, "2007-2008 Gaël Goy"),
    ("print", "Cabin Sketch Bold", "CabinSketch-Bold.ttf", "fonts-cabinsketch", OFL11,
     "2011 Pablo Impallari, 2011 Igino Marini, with Reserved Font Names Cabin and Cabin Sketch"),
    ("print", "Courier Prime", "Courier Prime.otf", "fonts-courier-prime", OFL11,
     "2015 Quote-Unquote Apps, with Reserved Font Name Courier Prime"),
]


def unpack(package, folder):
    """Download and unpack a Debian package under `folder`, unless it is there already."""
    target = os.path.join(folder, package)
    if not os.path.isdir(target):
        os.makedirs(target)
        subprocess.run(["apt-get", "download", "-q", package], cwd=target, check=True)
        archive = glob.glob(os.path.join(target, "*.deb"))[0]
        subprocess.run(["dpkg", "-x", archive, target], check=True)
    return target


def version_of(target):
    """The package's version, from its Debian changelog."""
    import gzip
    for name in glob.glob(os.path.join(target, "usr/share/doc/*/changelog*.gz")):
        with gzip.open(name, "rt", errors="replace") as changelog:
            first = changelog.readline()
        if ";" in first and "(" in first:
            return first.split("(")[1].split(")")[0]
    return "?"


def cut(source, target, number):
    """Write the digits of font `source` to `target` under the family name `Digits <number>`."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = []
    options.desubroutinize = True
    options.glyph_names = False
    options.notdef_outline = False
    options.name_IDs = [0, 1, 2, 3, 4, 6, 7, 13, 14]
    options.name_languages = [0x409]
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "kern", "DSIG", "FFTM", "gasp", "STAT", "PfEd", "BASE", "TeX "]
    options.recalc_timestamp = False
    font = subset.load_font(source, options)
    # A symbol or Mac-only cmap hides nothing here: all chosen fonts map U+0030..U+0039.
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="0123456789")
    subsetter.subset(font)
    family = f"Digits {number:02}"
    names = font["name"]
    names.names = [n for n in names.names if n.nameID in (0, 13, 14)]
    for entry in names.names:
        # Some fonts repeat the whole licence, which lies in licences/ already.
        text = entry.toUnicode()
        if len(text) > 400:
            names.setName(text[:400].rstrip() + " [...]", entry.nameID, entry.platformID, entry.platEncID, entry.langID)
    for name_id, text in [(1, family), (2, "Regular"), (3, f"{family} subset"), (4, family), (6, family.replace(" ", ""))]:
        names.setName(text, name_id, 3, 1, 0x409)
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames[0] = family.replace(" ", "")
        top = cff.topDictIndex[0]
        for key in ("FullName", "FamilyName", "Notice", "Copyright"):
            if key in top.rawDict and key in ("FullName", "FamilyName"):
                top.rawDict[key] = family
                setattr(top, key, family)
    font.save(target)


def main():
    packages = sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp()
    rows = []
    for number, (kind, name, pattern, package, licence, holder) in enumerate(FONTS, start=1):
        folder = unpack(package, packages)
        source = glob.glob(os.path.join(folder, "**", pattern), recursive=True)[0]
        file = f"{kind}-{number:02}{os.path.splitext(source)[1]}"
        target = os.path.join(HERE, file)
        cut(source, target, number)
        with TTFont(target) as font:
            missing = [d for d in "0123456789" if ord(d) not in font.getBestCmap()]
        if missing:
            sys.exit(f"{source} lacks the digits {missing}: choose another typeface")
        rows.append(f"| {file} | {name} | © {holder} | {licence} | {package} {version_of(folder)} |")
    with open(os.path.join(HERE, "FONTS.md"), "w", encoding="utf-8") as note:
        note.write(NOTE + "\n".join(rows) + "\n")


NOTE = """# The fonts of the digits

The `numbers` data set is drawn from these typefaces. Each file is a modified version: cut down to the
outlines of 0-9, without hinting and layout tables, and renamed "Digits NN", so that no reserved font
name is used. `subset.py` made them, and this table, from Debian's packages. The files stay under the
licences of their originals, whose full texts are in `licences/`; the pictures drawn with them
are documents, which those licences leave free. Files named `hand-` imitate handwriting or lettering, files named
`print-` are typefaces for text.

| file | made from | copyright | licence | Debian package |
|---|---|---|---|---|
"""

if __name__ == "__main__":
    main()
