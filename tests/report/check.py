#!/usr/bin/env python3
"""Opens the pages that `cargo test --test report` wrote, in headless Chromium from file:// with the network off.

    python3 tests/report/check.py [FOLDER]        # by default target/tmp/report

Needs Playwright (pip install playwright) and a Chromium: Playwright's own or one on the PATH. Says SKIPPED and
succeeds where they are missing. SHOTS=FOLDER keeps a picture of each page in both themes.
"""

import os
import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path

try:
    from playwright.sync_api import Error, sync_playwright
except ImportError:
    print("SKIPPED pages in a browser: no Playwright (pip install playwright)")
    sys.exit(0)

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome"]


def launch(playwright):
    """A browser, or None."""
    installed = [path for path in map(shutil.which, BROWSERS) if path]
    # Without a sandbox: CI runs as root. The pages are our own.
    for path in installed or [None]:
        try:
            return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            continue
    return None


class Checks:
    def __init__(self, browser, folder):
        self.browser = browser
        self.folder = folder
        self.passed = self.failed = 0

    def expect(self, is_so, what, found=""):
        if is_so:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what} {found}")

    @contextmanager
    def page(self, name, scheme="light", width=1280):
        """An open page; what it says on the console, asks from the network or throws is a failure."""
        context = self.browser.new_context(offline=True, color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()
        troubles = []
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or troubles.append(request.url))
        begun = time.monotonic()
        page.goto((self.folder / f"{name}.html").as_uri())
        print(f"{name} ({scheme}, {width} pixels): open after {time.monotonic() - begun:.2f} s")
        yield page
        if "SHOTS" in os.environ:
            page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{scheme}-{width}.png", full_page=True)
        self.expect(not troubles, f"{name}: a quiet console", troubles)
        self.expect(page.evaluate("window.hacked") is None, f"{name}: no name runs as a script")
        context.close()


def hover(page, chart, share):
    """Moves the pointer over a chart, to a share of its width."""
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
    return box


def caption(page):
    return page.locator(".values thead th").first.inner_text()


def curves(checks):
    with checks.page("compared") as page:
        chart, accuracy = page.locator("svg.chart").all()
        lines = page.locator("svg.chart .line")
        cells = page.locator(".values tbody tr").first.locator("td")
        checks.expect(lines.count() == 20, "training and dev of 5 runs in 2 charts", lines.count())
        checks.expect(chart.locator(".line.dev").count() == 5, "dashed lines")
        checks.expect(chart.locator(".stop").count() == 4, "marks of early stopping", chart.locator(".stop").count())
        last = cells.all_inner_texts()
        checks.expect(caption(page) == "last epoch", "values of the last epoch at first", caption(page))

        hover(page, chart, 0.5)
        checks.expect(caption(page).startswith("epoch "), "the epoch under the pointer", caption(page))
        here = cells.all_inner_texts()
        checks.expect(here != last and "–" not in here, "values under the pointer", here)
        checks.expect(chart.locator(".dot").count() == 10, "a dot on each line")
        checks.expect(accuracy.locator(".dot").count() == 10, "and in the other chart")

        chart.focus()
        before = caption(page)
        page.keyboard.press("ArrowRight")
        checks.expect(caption(page) != before, "an arrow moves the crosshair", caption(page))

        box = hover(page, chart, 0.3)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=4)
        page.mouse.up()
        ticks = chart.locator(".axes > text").all_text_contents()
        checks.expect("0" not in ticks and "20" in ticks, "dragging zooms", ticks)
        checks.expect(accuracy.locator(".axes > text").all_text_contents() == ticks, "both charts")
        page.get_by_role("button", name="Reset zoom").click()
        checks.expect("0" in chart.locator(".axes > text").all_text_contents(), "zooming is undone")

        linear = lines.first.get_attribute("d")
        page.get_by_role("button", name="Log cost").click()
        checks.expect(lines.first.get_attribute("d") != linear, "a logarithmic axis")
        page.get_by_role("button", name="Seconds", exact=True).click()
        checks.expect("seconds" in chart.locator(".name").text_content(), "an axis of seconds")

        legend = page.locator("button.legend").first
        legend.focus()
        checks.expect(page.locator(".stands-out").count() > 0, "a run stands out")
        page.keyboard.press("Enter")
        checks.expect(lines.count() == 16, "a run is hidden by key", lines.count())
        checks.expect(legend.get_attribute("aria-pressed") == "false", "and its button says so")
        page.get_by_role("button", name="Hide all").click()
        checks.expect(lines.count() == 0, "all are hidden")
        page.get_by_role("button", name="Show all").click()
        checks.expect(lines.count() == 20, "all are shown")


def matrices(checks):
    with checks.page("compared", width=480) as page:
        panel = page.locator(".panel").first
        right = panel.locator("td.right")
        after = right.all_inner_texts()
        slider = panel.locator("input[type=range]")
        checks.expect(panel.locator("output").inner_text() == "epoch 59", "the last epoch at first")
        slider.focus()
        page.keyboard.press("Home")
        checks.expect(panel.locator("output").inner_text() == "epoch 0", "the slider goes to the first epoch")
        before = right.all_inner_texts()
        checks.expect(before != after and len(before) == 10, "the slider changes the matrix", before)
        panel.get_by_role("button", name="Shares").click()
        checks.expect("%" in right.first.inner_text() or right.first.inner_text() == "·", "cells as shares")
        panel.locator("td.right").last.hover()
        checks.expect("recognised" in panel.locator(".telling").inner_text(), "a cell in words")
        panel.locator("select").first.select_option("main_1")
        checks.expect(panel.locator("output").inner_text() == "epoch 59", "another run")
        test = page.locator(".panel").nth(1)
        checks.expect(test.locator("select").nth(1).input_value() == "test", "test beside dev")

    with checks.page("classes") as page:
        canvas = page.locator(".panel canvas").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 2, box["y"] + 2)
        telling = page.locator(".telling").first.inner_text()
        checks.expect(telling.startswith("class number "), "a cell of 300 classes in words", telling)
        colors = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
        checks.expect(canvas.evaluate(colors) > 4, "the picture has colours")
        checks.expect(page.locator(".confused li").count() == 16, "the most frequent confusions")


def pictures(checks):
    with checks.page("compared") as page:
        section = page.locator("#pictures")
        canvas = section.locator("canvas").nth(2)
        page.wait_for_function("document.querySelectorAll('#pictures canvas')[2].width === 16")
        shown = canvas.evaluate("c => c.toDataURL()")
        slider = section.locator("input[type=range]")
        slider.focus()
        page.keyboard.press("Home")
        page.wait_for_function("document.querySelectorAll('#pictures canvas')[2].width === 16")
        checks.expect(section.locator("canvas").nth(2).evaluate("c => c.toDataURL()") != shown, "the slider changes the pictures")
        names = section.locator("figcaption").all_inner_texts()
        checks.expect(len(names) == 20 and "3 → 5" in names, "classes of samples", names)


def tables(checks):
    with checks.page("compared") as page:
        names = page.locator(".comparison tbody th")
        original = names.all_inner_texts()
        head = page.locator(".comparison thead th", has_text="dev cost")
        head.get_by_role("button").click()
        rising = names.all_inner_texts()
        checks.expect(head.get_attribute("aria-sort") == "ascending", "the head says how it is sorted")
        checks.expect(rising[-1] == "fast", "sorted by dev cost", rising)
        place = rising.index("main: mean of 3")
        checks.expect(sorted(rising[place - 3 : place]) == ["main", "main_1", "main_2"], "repetitions stay together", rising)
        head.get_by_role("button").click()
        checks.expect(names.all_inner_texts()[0] == "fast", "and the other way round")
        head.get_by_role("button").click()
        checks.expect(names.all_inner_texts() == original, "and as it was")
        page.locator("summary").first.click()
        checks.expect(page.locator(".configuration").first.is_visible(), "a configuration unfolds")


def themes(checks):
    ground = "getComputedStyle(document.body).backgroundColor"
    with checks.page("compared", "light") as page:
        light = page.evaluate(ground)
        page.locator("#theme").click()
        dark = page.evaluate(ground)
        checks.expect(dark != light, "the toggle changes the colours")
        page.reload()
        checks.expect(page.evaluate(ground) == dark, "and they stay")
        page.locator("#theme").click()
        checks.expect(page.evaluate(ground) == light, "and back")
    with checks.page("compared", "dark") as page:
        checks.expect(page.evaluate(ground) == dark, "the system's dark theme")


def strange_pages(checks):
    with checks.page("strange") as page:
        checks.expect("</script><script>" in page.locator(".comparison tbody th").first.inner_text(), "names as they are")
        hover(page, page.locator("svg.chart").first, 0.9)
        texts = page.locator(".values tbody").inner_text()
        checks.expect("NaN" in texts and "–" in texts, "what is no number, and what there is not")
        page.get_by_role("button", name="Log cost").click()
        for text in page.locator(".panel select").first.locator("option").all_inner_texts():
            page.locator(".panel select").first.select_option(text)
    for name in ["single", "empty"]:
        with checks.page(name, "dark", 480) as page:
            checks.expect(page.locator("h1").inner_text() != "", f"{name}: a title")


def many_runs(checks):
    with checks.page("many") as page:
        chart = page.locator("svg.chart").first
        checks.expect(chart.locator(".line").count() == 200, "200 lines")
        hover(page, chart, 0.5)
        checks.expect("–" not in page.locator(".values tbody").inner_text(), "values of 100 runs")


def main():
    default = Path(__file__).resolve().parents[2] / "target/tmp/report"
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else default
    if not (folder / "compared.html").is_file():
        sys.exit(f"{folder}: no pages here; `cargo test --test report` writes them")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if browser is None:
            print("SKIPPED pages in a browser: no Chromium (playwright install chromium, or apt-get install chromium)")
            return
        checks = Checks(browser, folder)
        for check in [curves, matrices, pictures, tables, themes, strange_pages, many_runs]:
            check(checks)
        browser.close()
    print(f"pages in a browser: {checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


main()
