#!/usr/bin/python3
"""Grades the solution, the starter and every wrong variant of each lab.

usage: tests/labs/run.py [--build DIRECTORY] [--only SUBSTRING] [--seeds N] [--every]

Each lab's solution must grade 100 for every seed (default: 20 of them); each variant must lose what it should,
say why, and get the same points whatever the seed; and the same program and seed must give the same grade. A
variant is graded for two of the seeds, another pair for each; with --every, for all.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
LABS = TOP / "python" / "labs"
sys.path.insert(0, str(LABS))

import labs  # noqa: E402

# lab -> variant -> (criteria that must lose points, criteria that must not, words of the feedback).
# A criterion is named by a part of its name.
WRONG = {
    1: {
        "access_flag_ignored": (["outcomes"], ["physical", "descriptors", "ends"], "Access flag fault"),
        "blocks_taken_as_pages": (["physical"], ["outcomes", "descriptors", "ends"], "how many bits"),
        "descriptor_addresses_lost": (["descriptors"], ["outcomes", "physical", "ends"], "walk_read"),
        "reserved_descriptor_taken_as_a_page": (["outcomes"], ["physical", "descriptors", "ends"], "Translation fault"),
        "starter": (["outcomes", "physical", "descriptors"], ["ends"], "no answer"),
    },
    2: {
        "device_as_normal": (["mapped", "fault"], ["translation is on", "ends"], "memory type is attribute 0"),
        "executable": (["mapped"], ["translation is on", "fault", "ends"], "can be executed"),
        "faults_mixed_up": (["fault"], ["mapped", "translation is on", "ends"], "a Translation fault at level 3: 1"),
        "mmu_stays_off": (["mapped", "translation is on", "fault"], ["ends"], "SCTLR_EL1.M was never set"),
        "no_access_flag_anywhere": (["mapped", "fault"], ["translation is on", "ends"], "Access flag is not"),
        "no_barriers": (["translation is on"], ["mapped", "fault", "ends"], "nothing waits for the invalidation"),
        "read_only_is_writable": (["mapped", "fault"], ["translation is on", "ends"], "right to write"),
        "wrong_frame": (["mapped"], ["translation is on", "fault", "ends"], "it leads to"),
        "starter": (["mapped", "translation is on", "fault"], ["ends"], "there is no level 3 descriptor"),
    },
    3: {
        "pages_left_global": (["sees the other", "costs no"], ["touch", "reach", "ends"], "belongs to the other"),
        "asid_forgotten": (["sees the other", "costs no"], ["touch", "reach", "ends"], "belongs to the other"),
        "flushes_at_every_switch": (["costs no"], ["touch", "reach", "sees the other", "ends"], "TLBIs in 8 switches"),
        "touches_half": (["touch", "reach"], ["sees the other", "costs no", "ends"], "never came into"),
        "guesses_the_reach": (["reach"], ["touch", "sees the other", "costs no", "ends"], "not 24 pages"),
        "starter": (["touch", "reach", "costs no"], ["sees the other", "ends"], "not 1 pages"),
    },
    4: {
        "no_dsb_before": (["visible"], ["reaches", "awaited", "nobody", "ends"], "may still be on its way"),
        "not_broadcast": (["reaches", "nobody"], ["visible", "awaited", "ends"], "core 3 still holds"),
        "no_dsb_after": (["awaited", "nobody"], ["visible", "reaches", "ends"], "nothing waits until the other cores"),
        "no_isb_after": (["awaited"], ["visible", "reaches", "nobody", "ends"], "core 0 itself"),
        "another_asid": (["visible", "reaches", "awaited", "nobody"], ["ends"], "another address or ASID"),
        "not_unmapped": (["visible", "reaches", "awaited", "nobody"], ["ends"], "never made invalid"),
        "never_ends": (["visible", "reaches", "awaited", "nobody", "ends"], [], "it did not end within"),
        "does_not_compile": (["visible", "reaches", "awaited", "nobody", "ends"], [], "it does not compile: does_not"),
        "starter": (["visible", "reaches", "awaited", "nobody"], ["ends"], "of core 0 alone"),
    },
    5: {
        "no_tlbi_between": (["break is complete"], ["no valid", "published", "right", "ends"], "nothing was invalidated"),
        "no_wait_before_make": (["break is complete"], ["no valid", "published", "right", "ends"], "does not wait for"),
        "no_dsb_before_tlbi": (["break is complete"], ["no valid", "published", "right", "ends"], "store of the break"),
        "local_invalidation": (["break is complete"], ["no valid", "published", "ends"], "leaves core 1 its old entry"),
        "make_not_published": (["published"], ["no valid", "break is complete", "right", "ends"], "no DSB between"),
        "wrong_table_kind": (["right"], ["no valid", "break is complete", "published", "ends"], "wanted is"),
        "starter": (["no valid", "break is complete"], ["published", "right", "ends"], "both are valid"),
    },
    6: {
        "one_vmid": (["VMID", "nobody"], ["faults", "visible", "both kinds", "ends"], "both guests run under VMID 1"),
        "flushes_at_every_switch": (["VMID"], ["tables", "faults", "visible", "both kinds", "nobody", "ends"],
                                    "TLBIs while the guests take turns"),
        "combined_entries_stay": (["both kinds", "nobody"], ["tables", "VMID", "faults", "visible", "ends"],
                                  "entries that combine both stages stay"),
        "stage_2_entries_stay": (["both kinds", "nobody"], ["tables", "VMID", "faults", "visible", "ends"],
                                 "entries of stage 2 alone stay"),
        "vmid_that_is_loaded": (["both kinds", "nobody"], ["tables", "VMID", "faults", "visible", "ends"],
                                "acts on VMID 2, and the guest has VMID 1"),
        "local_invalidation": (["both kinds", "nobody"], ["tables", "VMID", "faults", "visible", "ends"],
                               "core 1 still holds"),
        "no_dsb_before": (["visible"], ["tables", "VMID", "faults", "both kinds", "nobody", "ends"],
                          "may still be on its way to the walkers"),
        "no_dsb_after": (["visible", "nobody"], ["tables", "VMID", "faults", "both kinds", "ends"],
                         "nothing waits until every core"),
        "no_dsb_between": (["both kinds"], ["tables", "VMID", "faults", "visible", "nobody", "ends"],
                           "can combine an old stage 2 entry anew"),
        "code_is_writable": (["tables"], ["VMID", "faults", "visible", "both kinds", "nobody", "ends"],
                             "lets the guest write"),
        "ipa_from_far": (["tables", "VMID", "faults", "visible", "both kinds", "nobody"], ["ends"],
                         "the guests did not come that far"),
        "another_register": (["faults"], ["tables", "VMID", "visible", "both kinds", "nobody", "ends"],
                             "loads from its device did not get"),
        "instruction_again": (["tables", "VMID", "faults", "visible", "both kinds", "nobody"], ["ends"],
                              "device_write() was called"),
        "not_unmapped": (["tables", "visible", "both kinds", "nobody"], ["VMID", "faults", "ends"], "should lead nowhere"),
        "starter": (["tables", "VMID", "faults", "visible", "both kinds", "nobody"], ["ends"], "no page was ever mapped"),
    },
    7: {
        "another_step": (["missing"], ["through", "ends"], "your KCore takes"),
        "guesses": (["through"], ["missing", "ends"], "none of them is a secret"),
        "forges_the_evidence": (["through"], ["missing", "ends"], "not by"),
        "executes_a_device": (["through", "ends"], ["missing"], "KCore halted the machine: a fetch from 0x9000000"),
        "never_ends": (["through", "ends"], ["missing"], "it did not end within"),
        "starter": (["through", "missing"], ["ends"], "nothing was stolen"),
    },
    8: {
        "half_a_page": (["handed", "taken", "scrubbed"], ["complete", "ends"], "32 lines had maintenance"),
        "every_second_line": (["handed", "taken", "scrubbed"], ["complete", "ends"], "numbers 1, 3, 5, 7"),
        "never_waits": (["complete"], ["handed", "taken", "scrubbed", "ends"], "no DSB waits"),
        "invalidates_instead_of_cleaning": (["handed", "scrubbed"], ["taken", "complete", "ends"], "64 lines had"),
        "cleans_before_zeroing": (["scrubbed"], ["handed", "taken", "ends"], "written back over"),
        "takes_back_with_a_clean": (["taken"], ["handed", "scrubbed", "complete", "ends"], "you read old values"),
        "starter": (["handed", "taken", "scrubbed", "complete"], ["ends"], "1 lines had maintenance"),
    },
}


def source_of(lab, name):
    folder = LABS / f"lab{lab}"
    return folder / f"{name}.c" if name in ("solution", "starter") else folder / "wrong" / f"{name}.c"


def grade(lab, name, seed, build):
    return labs.grade_file(lab, source_of(lab, name), seed, build)


def earned(result, part):
    found = [c for c in result.criteria.values() if part in c.name]
    assert len(found) == 1, f"'{part}' names {len(found)} criteria"
    return found[0]


def judge_variant(lab, name, result):
    """Complaints about the grade of a wrong variant."""
    loses, keeps, words = WRONG[lab][name]
    complaints = [f"does not lose '{part}'" for part in loses if earned(result, part).earned >= earned(result, part).points]
    complaints += [f"loses '{part}': {earned(result, part).feedback[:2]}" for part in keeps
                   if earned(result, part).earned < earned(result, part).points]
    text = (result.reason or "") + "".join(line for c in result.criteria.values() for line in c.feedback)
    if words not in text:
        complaints.append(f"the feedback does not say '{words}': {text[:300]}")
    return complaints


def judge(job, build):
    """(points, complaints) of one grade."""
    lab, name, seed, kind = job
    result = grade(lab, name, seed, build)
    if kind == "wrong":
        return result.points, judge_variant(lab, name, result)
    if kind == "again":
        again = grade(lab, name, seed, build)
        return None, [] if again.gradescope() == result.gradescope() else ["another grade the second time"]
    text = result.table()
    complaints = [] if result.points == 100 else [f"the solution has {result.points}:\n{text}"]
    # Lab 7 asks which step is missing, and the checkers know.
    told = [words for words in ("TLBI", "DC CIVAC", "not zeroed", "by what core", "without that check") if words in text]
    return result.points, complaints + [f"the feedback tells the answer: '{words}'" for words in told if lab == 7]


def jobs(seeds, every):
    number = 0
    for lab, variants in sorted(WRONG.items()):
        present = {p.stem for p in (LABS / f"lab{lab}" / "wrong").glob("*.c")} | {"starter"}
        assert present == set(variants), f"lab {lab}: {sorted(present ^ set(variants))} without an expectation or a file"
        for seed in range(1, seeds + 1):
            yield lab, "solution", seed, "right"
        for name in variants:
            number += 1
            pair = {number * 7 % seeds + 1, (number * 7 + seeds // 2) % seeds + 1}
            for seed in range(1, seeds + 1) if every else sorted(pair):
                yield lab, name, seed, "wrong"
        yield lab, "starter", 3, "again"


def armature_lab(build, *words, expect=0, folder=None):
    done = subprocess.run([str(build / "armature"), "lab", *map(str, words)], capture_output=True, text=True, cwd=folder)
    assert done.returncode == expect, f"lab {words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def the_command_goes_from_start_to_points(build):
    listing = armature_lab(build, "list")
    for lab in WRONG:
        assert f"{lab}  {labs.module_of(lab).TITLE}" in listing, listing
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "mine"
        armature_lab(build, "start", 4, folder, "--seed", 9)
        assert "not empty" in armature_lab(build, "start", 4, folder, expect=2)
        assert "open  " in armature_lab(build, "check", folder)
        (folder / "lab.c").write_text(source_of(4, "solution").read_text())
        results = pathlib.Path(work) / "results.json"
        assert "100 of 100" in armature_lab(build, "grade", folder, "--json", results)
        report = json.loads(results.read_text())
        assert report["score"] == 100 and len(report["tests"]) == 5, report
        assert all(set(t) == {"name", "score", "max_score", "output"} for t in report["tests"]), report
    for words, says in (((), "required"), (("strat", "4"), "did you mean 'start'"), (("start", "77"), "allowed: 1, 2, 3"),
                        (("grade", "/nowhere"), "not the folder of a lab")):
        message = armature_lab(build, *words, expect=2)
        assert says in message and message.count("\n") == 1, message


# Files of lab 4 that give nothing to grade, and what the grade says.
UNGRADABLE = {
    "no such function": ("", "undefined reference to `unmap'"),
    "a missing brace": ("#include \"unmap.h\"\nvoid unmap(volatile u64* e, u64 v, u64 a) { *e = 0;", "expected declaration"),
    "an endless file": ('#include "/dev/zero"\n', "out of memory"),
    "an image that fills the disk": ('__asm__(".data\\n.space 0x40000000, 1\\n");\n', "it does not compile"),
    "memory that the machine has not": ("char big[1ul << 36]; void* unmap = big;", "do not fit into memory"),
    "no text at all": ("\0\xff\xfe\0", "it does not compile"),
    "an endless loop": ('#include "unmap.h"\nvoid unmap(volatile u64* e, u64 v, u64 a) { for (;;) (void)e, (void)v, (void)a; }',
                        "it did not end within 3,000,000 instructions; it was in unmap"),
    "a sleep for ever": ('#include "unmap.h"\nvoid unmap(volatile u64* e, u64 v, u64 a) { for (;;) { (void)e, (void)v, (void)a;'
                         ' __asm__ volatile("wfi"); } }', "it was in"),
    "a jump into nothing": ('#include "unmap.h"\nvoid unmap(volatile u64* e, u64 v, u64 a) { (void)e, (void)v, (void)a;'
                            ' ((void (*)(void))0x123456000)(); }', "it did not end within"),
    "a reset": ('#include "unmap.h"\nvoid unmap(volatile u64* e, u64 v, u64 a) { (void)e, (void)v, (void)a;'
                ' register u64 x0 __asm__("x0") = 0x84000009; __asm__ volatile("hvc #0" : "+r"(x0)); }', "asked for a reset"),
}


def a_file_that_gives_nothing_to_grade_gets_a_grade_with_the_reason(build):
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work) / "mine"
        armature_lab(build, "start", 4, folder)
        for name, (text, says) in UNGRADABLE.items():
            (folder / "lab.c").write_bytes(text.encode("latin-1"))
            results = pathlib.Path(work) / "results.json"
            said = armature_lab(build, "grade", folder, "--json", results)
            assert says in said, f"{name}: {said}"
            assert json.loads(results.read_text())["score"] < 50, f"{name}: {said}"


def notebooks_run_from_top_to_bottom(build):
    environment = dict(os.environ, PATH=f"{build}:{os.environ['PATH']}")
    for lab in WRONG:
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work) / "mine"
            armature_lab(build, "start", lab, folder)
            cells = json.loads((folder / "notebook.ipynb").read_text())["cells"]
            code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
            done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, f"lab {lab}: {done.stderr}"
            count = [line for line in done.stdout.splitlines() if line.endswith(" events")]
            assert count and not count[0].startswith("0 "), f"lab {lab}: the notebook sees no events:\n{done.stdout[-800:]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build" / "release")
    parser.add_argument("--only", default="")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--every", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    failures = 0
    wanted = [job for job in jobs(options.seeds, options.every) if options.only in f"lab{job[0]} {job[1]}"]
    points = {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for job, (earned_points, complaints) in zip(wanted, pool.map(lambda job: judge(job, build), wanted)):
            usual = points.setdefault(job[:2], earned_points)
            if earned_points is not None and earned_points != usual and usual is not None:
                complaints.append(f"{earned_points} points, and {usual} for another seed")
            for complaint in complaints:
                print(f"FAILED lab {job[0]}, {job[1]}, seed {job[2]}: {complaint}")
                failures += 1
    print(f"{len(wanted)} grades judged")
    for function in (the_command_goes_from_start_to_points,
                     a_file_that_gives_nothing_to_grade_gets_a_grade_with_the_reason, notebooks_run_from_top_to_bottom):
        name = function.__name__.replace("_", " ")
        if options.only not in name:
            continue
        try:
            function(build)
            print(f"passed {name}")
        except AssertionError as error:
            print(f"FAILED {name}: {error}")
            failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
