#!/usr/bin/python3
"""What a run leaves and the words of the command: Perfetto, Tarmac, logs, report.html, diff, help, completion.

usage: tests/system/traces.py [--tier quick|full|matrix|long] [--build DIRECTORY] [--only SUBSTRING]

Each test is a function named as a sentence; it prints nothing when it passes.
"""
import re
import subprocess

import browser
import perfetto_check
from harness import QUICK, check, main, summary, test


def wrong_order(c):
    """Four cores, one page that moves twice, the second time with the TLBI before the unmap."""
    return ["-kernel", c.build / "firmware" / "a_shootdown_in_the_wrong_order_leaves_stale_entries.elf", "-smp", 4,
            "-m", "256M"]


def trace_command(c, *arguments):
    done = subprocess.run([str(c.armature), "trace", *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == 0 and not done.stderr, f"trace {arguments}: {done.stderr}")
    return done.stdout


@test(QUICK)
def a_perfetto_trace_decodes_with_protobuf_to_the_events_of_the_run(c):
    log, live, converted = (c.work / name for name in ("p.trace", "live.perfetto", "converted.perfetto"))
    for arguments, cores in ((wrong_order(c), 4), ([*c.linux(), "-smp", 2, "--el", 2, "--max-instructions", 20000000], 2)):
        c.run(*arguments, "--trace", log, "--events", "core,tlb,walk,table_write", "--perfetto", live)
        trace_command(c, "perfetto", log, converted)
        check(live.read_bytes() == converted.read_bytes(), "the log converts to another trace than the run wrote")
        events, flows = perfetto_check.check_trace(converted, trace_command(c, "dump", log), cores)
        check(events > 300 and flows > 10, f"{events} events, {flows} flows")


@test(QUICK)
def a_log_replays_to_the_table_and_the_digest_of_its_run(c):
    log = c.work / "r.trace"
    messages = c.run(*wrong_order(c), "--trace", log, "--events", "canonical", "--digest", "--table")[1]
    replayed = trace_command(c, "replay", log)
    check(summary(messages)[3] in replayed, "the digest differs")
    table = messages[:messages.index("\n\n")]
    check("Table writes" in table and table in replayed, f"the table differs: {table}")


@test(QUICK)
def tarmac_text_has_the_line_forms_of_arm_tools(c):
    text = c.work / "tarmac"
    exception = c.build / "firmware" / "user_code_traps_to_its_kernel.elf"
    c.run("-kernel", exception, "-m", "256M", "--tarmac", text)
    forms = [r"IT \(\d+\) [0-9a-f]{16}:[0-9a-f]{12} [0-9a-f]{8} O EL[0-3][ht]_n : \S.*", r"R X\d+ [0-9a-f]{16}",
             r"R V\d+ [0-9a-f]{16}_[0-9a-f]{16}", r"R (?:cpsr|FPCR|FPSR) [0-9a-f]{8}", r"R [A-Z][A-Z0-9_]+ [0-9a-f]{16}",
             r"M[RW][124] [0-9a-f]{16}:[0-9a-f]{12} [0-9a-f]{2,8}", r"M[RW]8 [0-9a-f]{16}:[0-9a-f]{12} [0-9a-f]{8}_[0-9a-f]{8}",
             r"R (?:TLBI|DC|IC) [A-Z0-9]+ [0-9a-f]{8}:[0-9a-f]{8}", r"E [0-9a-f]{16} [0-9a-f]{8} CoreEvent_\w+",
             r"TTW TLB LPAE [12]:[0-3] [0-9a-f]{12} [0-9a-f]{16} : (?:TABLE|BLOCK|PAGE|INVALID)", r"TLB (?:FILL|EVICT|INVAL) .*"]
    known = re.compile(r"\d+ clk cpu\d+ (?:" + "|".join(f"({form})" for form in forms) + ")$")
    seen = set()
    for line in text.read_text().splitlines():
        match = known.match(line)
        check(match, f"no form of Tarmac: {line}")
        seen.add(match.lastindex)
    check(len(seen) >= 8, f"only forms {seen}")


@test(QUICK)
def diff_tells_where_two_runs_part(c):
    def run(folder, *more):
        c.run(*wrong_order(c), "--output", c.work / folder, "--events", "canonical", *more)
        return c.work / folder

    def diff(*arguments):
        done = subprocess.run([str(c.armature), "diff", *map(str, arguments)], capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    one, again, other = run("one"), run("again"), run("other", "--quantum", "500")
    for name in ("config.toml", "stats.json", "events.trace", "report.html"):
        check((one / name).stat().st_size > 100, f"{name} is missing")
    code, text, _ = diff(one, again)
    check(code == 0 and text.count(": same") == 3, f"{code}: {text}")
    code, text, _ = diff(one, other)
    check(code == 1 and "quantum: 1000 | 500" in text.replace("'", "") and "statistics: " in text, f"{code}: {text}")
    check("events: different after" in text and "\n< " in text and "\n> " in text and "different: " in text, text)
    code, text, _ = diff(one / "stats.json", again / "stats.json")
    check(code == 0 and text == "statistics: same\n", text)
    code, text, errors = diff(one, c.work / "absent")
    check(code == 2 and "absent" in errors and errors.count("\n") == 1, errors)
    code, text, errors = diff(one / "stats.json", one / "events.trace")
    check(code == 2 and "in common" in errors, errors)


@test()
def the_report_shows_the_shootdown_in_the_wrong_order(c):
    live, log, converted = (c.work / name for name in ("live.html", "w.trace", "log.html"))
    c.run(*wrong_order(c), "--report", live, "--trace", log, "--events", "core,tlb,walk,table_write")
    trace_command(c, "report", log, converted)
    events = list(perfetto_check.events_of(trace_command(c, "dump", log)))
    for report in (live, converted):
        check(not re.search(r"(src|href)=.https?:|@import|url[(]http", report.read_text()), "the page loads from the network")
        shown = browser.page(report)
        root = dict(shown.all[0][1])
        check(root.get("data-ready") == "1" and "data-error" not in root, f"the scripts failed: {root}")
        check(int(root["data-overflow"]) <= 0, f"wider than the window by {root['data-overflow']} pixels")
        # Three cores hold two entries each beyond the change: two stale bars a core, and those of the right order.
        stale = [attributes for tag, attributes in shown.all if "data-stale" in attributes]
        late = [a for a in stale if int(a["data-stale"]) > 10000]
        check(len(late) == 6 and len(stale) == 10, f"{len(late)} late of {len(stale)} stale bars")
        # The shootdown shown is the one with the most drops: an arrow to each core and one on to the DSB.
        check(len(shown.of_class("arrow")) >= 8, f"{len(shown.of_class('arrow'))} arrows")
        for words in ("unmap", "VAAE1IS", "DSB", "stale → 0x", "core 3", "L2 TLB", "VMID 0"):
            check(words in shown.text, f"'{words}' is not on the page")
        fills = sum(e["event"] == "tlb_fill" for e in events)
        check(re.search(rf"(?m)^{fills}$", shown.text), f"{fills} fills are not on the page")
        check("smp = 4" in shown.text, "the configuration is missing")
        check("not checked" in shown.text and "violations" not in shown.text.split("Violations and notes")[0],
              "a run that nobody checked has a number of violations")
    check("the guest powered off" in browser.page(live).text, "no reason for the end")
    seen = browser.picture(live, c.work / "wrong.png", "#only=stale")
    for name, colour, least in (("stale bars", "d55e00", 3000), ("arrows and TLBIs", "0072b2", 1500), ("held", "b9dcf3", 5000),
                                ("mapped", "cdeee2", 5000), ("ink", "1b1f24", 500)):
        check(seen.get(colour, 0) >= least, f"{name}: {seen.get(colour, 0)} pixels")
    seen = browser.picture(live, c.work / "whole.png")
    check(seen.get("e69f00", 0) > 20000, "no lanes of EL1 in the first window")


@test()
def the_report_of_vms_shows_who_owned_which_page(c):
    guest = c.build / "hyp" / "hello.guest"
    vms = ["--vm", f"guest={guest},vcpus=2", "--vm", f"guest={guest}", "-smp", 2, "-m", "256M"]
    plain, checked, log = (c.work / name for name in ("plain.html", "checked.html", "owners.trace"))
    c.run(*vms, "--report", plain, "--trace", log, "--events", "owner_change")
    c.run(*vms, "--report", checked, "--check", "all")
    changes = list(perfetto_check.events_of(trace_command(c, "dump", log)))
    owner, former = {}, {}
    for e in changes:
        owner[e["page"]] = int(e["new"])
        if int(e["old"]) >= 0x100:
            former[e["page"]] = int(e["old"])
    for report in (plain, checked):
        text = browser.page(report).text
        check(f"{len(changes):,} changes of owner" in text, f"not {len(changes)} changes")
        for number, name in ((1, "KCore"), (2, "KServ")):
            check(f"{name}: {list(owner.values()).count(number):,} pages" in text, f"pages of {name} differ: {text[-3000:]}")
        for number in (0x101, 0x102):
            pages = sum(vm == number and owner[page] != number for page, vm in former.items())
            check(pages > 10 and f"VM {number - 0x100} before: {pages} pages" in text, f"{pages} pages of {number:#x} before")
        check("VMID 1 EL1" not in text and "VM 1 EL1" in text, "a VM has two names")
    check("not checked" in browser.page(plain).text, "nobody checked")
    shown = browser.page(checked).text
    check("had nothing to say: " in shown and "page-observers" in shown and "violations" in shown, "who checked is missing")


@test(QUICK)
def the_report_has_the_violation_with_its_proof_event_by_event(c):
    report, log = c.work / "violation.html", c.work / "violation.trace"
    _, messages = c.run("-kernel", c.build / "firmware" / "a_stale_translation_is_used_until_its_tlbi.elf", "-m", "256M",
                        "--check", "guest", "--report", report, "--trace", log, "--events", "violation", expect=3)
    proof = re.findall(r"^ +\d[\d.]* +\d+\.\d+ core\d .*$", messages, re.M)
    shown = browser.page(report)
    for event in proof:
        number, cycle = event.split()[:2]
        check(re.search(rf"(?m)^{number} {cycle} .*pc=0x[1-9a-f]", shown.text), f"{event} is not on the page")
    what = re.search(r"violation of (\S+): (.*)", messages)
    told = shown.text[shown.text.index(what[2]):]
    check(proof and f"proof: {len(proof)} event" in told and "Again:" in told, f"{len(proof)} events in {messages}")
    check(f"violation: {what[1]}" in shown.text and what[2] in shown.text, f"{what[0]} is not on the page")
    # Notes stand behind the violations, closed, a line a rule.
    notes = sum(e["severity"] == "0" for e in perfetto_check.events_of(trace_command(c, "dump", log)))
    told = sum(int(count) for count in re.findall(r"(?m)^(\d+) notes? of ", shown.text))
    check(notes == told > 0 and len(shown.of_class("violation")) == 1, f"{notes} notes, {told} on the page")
    check(len(shown.of_class("bad")) == 1 and "a checker found a violation" in shown.text, "the summary is silent")
    check(int(dict(shown.all[0][1])["data-overflow"]) <= 0, "wider than the window")


@test(QUICK)
def an_unknown_word_is_named_with_its_nearest_match(c):
    def says(*arguments):
        done = subprocess.run([str(c.armature), *arguments], capture_output=True, text=True)
        check(done.returncode == 2 and done.stderr.count("\n") == 1, f"{arguments}: {done.returncode}, {done.stderr}")
        return done.stderr

    for arguments, word in ((["rnu"], "'run'"), (["run", "-kernal", "x"], "'--kernel'"), (["trace", "dmup"], "'dump'"),
                            (["trace", "dump", "x", "--evnts", "tlb"], "'--events'"), (["info", "reg"], "'regs'"),
                            (["info", "regs", "hrc_el2"], "'HCR_EL2'"), (["info", "events", "tlb_dorp"], "'tlb_drop'"),
                            (["info", "presets", "cortex-a75"], "'cortex-a5"), (["run", "--net", "usr", "-kernel", "x"], "'user'"),
                            (["run", "--events", "tlib", "--trace", "t", "-kernel", str(c.kcore)], "'tlb"),
                            (["completion", "bsh"], "'bash'")):
        check("did you mean " + word in says(*arguments), f"{arguments}: {says(*arguments)}")
    check("allowed: dump, " in says("trace"), says("trace"))


@test(QUICK)
def bash_completes_commands_options_values_and_files(c):
    script = c.work / "completion.bash"
    script.write_text(subprocess.run([str(c.armature), "completion", "bash"], capture_output=True, text=True, check=True).stdout)

    def complete(*words):
        typed = " ".join(f"'{word}'" for word in words)
        return subprocess.run(["bash", "-c", f"source {script}; COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}; _armature; "
                               'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True).stdout.split()

    check(complete("armature", "tr") == ["trace"], "a command")
    check(complete("armature", "trace", "per") == ["perfetto"], "a command of a command")
    check(complete("armature", "run", "--check-f") == ["--check-fast"], "an option")
    check("--report" in complete("armature", "run", "-smp", "2", "--re"), "an option after another")
    check(complete("armature", "run", "-cpu", "m") == ["m400"], "a preset")
    check(complete("armature", "trace", "dump", "x", "--events", "tlb,table") == ["tlb,table_write"], "a kind in a list")
    check(complete("armature", "run", "--net", "") == ["user", "none"], "a choice")
    check(complete("armature", "info", "regs", "VTTBR") == ["VTTBR_EL2"], "a register")
    check(complete("armature", "run", "--kernel", str(script)[:-2]) == [str(script)], "a file")
    zsh = subprocess.run([str(c.armature), "completion", "zsh"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run(["zsh", "-n"], input=zsh, capture_output=True, text=True)
    check(done.returncode == 0 and not done.stderr and "#compdef armature" in zsh, done.stderr)
    listed = subprocess.run([str(c.armature), "run", "--help"], capture_output=True, text=True, check=True).stdout
    for option in re.findall(r"--[a-z][a-z-]+", listed):
        check(option in script.read_text() and f"{option}[" in zsh, f"{option} is not completed")


@test(QUICK)
def the_manual_page_has_every_command_and_option_and_no_roff_errors(c):
    page = subprocess.run([str(c.armature), "man"], capture_output=True, text=True, check=True).stdout
    shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-u", "-P-o", "-rLL=120n"], input=page,
                           capture_output=True, text=True)
    check(shown.returncode == 0 and not shown.stderr, f"groff: {shown.stderr[:500]}")
    for words in ("NAME", "SYNOPSIS", "EXIT STATUS", "armature trace perfetto", "armature diff", "--check-fast", "A checker found"):
        check(words in shown.stdout.replace("\u2010", "-").replace("\u2212", "-"), f"'{words}' is not on the page")


main(__doc__)
