/* SPDX-License-Identifier: MIT */
/*
 * The harness, tested by what it says about harness_victim, which is built
 * beside this program and is full of cases that go wrong.
 */
#include <limits.h>
#include <poll.h>

#include "harness.h"

/* There only in programs built with ThreadSanitizer. */
void __tsan_init(void) __attribute__((weak));

struct run {
	int status;
	char out[32768];
	char err[8192];
};

static bool ignore_sigchld;

static void victim_path(char path[PATH_MAX])
{
	const char name[] = "/harness_victim";
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));

	ASSERT_SYS(len);
	path[len] = '\0';
	strcpy(strrchr(path, '/'), name);
	ASSERT_SYS(access(path, X_OK));
}

static void read_all(FILE *file, char *text, size_t room)
{
	size_t len;

	rewind(file);
	len = fread(text, 1, room - 1, file);
	text[len] = '\0';
	ASSERT_LT(len, room - 1);
	fclose(file);
}

static void exec_victim(const char **args)
{
	char path[PATH_MAX];

	victim_path(path);
	/* The only disposition besides the default that exec hands down. */
	if (ignore_sigchld)
		signal(SIGCHLD, SIG_IGN);
	execv(path, (char **)args);
	_exit(127);
}

static void run_args(struct run *run, const char **args)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t pid;

	ASSERT_TRUE(out && err);
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		exec_victim(args);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_TRUE(WIFEXITED(status));
	run->status = WEXITSTATUS(status);
	read_all(out, run->out, sizeof(run->out));
	read_all(err, run->err, sizeof(run->err));
}

#define ARGS(...) ((const char *[]){ "harness_victim", __VA_ARGS__, NULL })
#define RUN(run, ...) run_args(run, ARGS(__VA_ARGS__))

static int count(const char *text, const char *part)
{
	int found = 0;

	while ((text = strstr(text, part))) {
		text++;
		found++;
	}
	return found;
}

static bool has(const char *text, const char *part)
{
	return count(text, part) > 0;
}

/* Shows what there was instead, which a plain check would not. */
#define EXPECT_HAS(text, part)						\
	do {								\
		if (!has(text, part))					\
			TH_LOG("no \"%s\" in: %s", part, text);		\
		EXPECT_TRUE(has(text, part));				\
	} while (0)

/* ---- one case, one verdict ---------------------------------------------- */

FIXTURE(verdict)
{
	struct run run;
};

/* @result: how the line of the plan goes on; @also: something else printed. */
FIXTURE_VARIANT(verdict)
{
	const char *name;
	const char *result;
	const char *also;
	const char *absent;
};

#define VERDICT(id, ...)						\
	FIXTURE_VARIANT_ADD(verdict, id) { .name = #id, __VA_ARGS__ }

#define FAILED " # failed at "

VERDICT(good_case, .result = "\n", .also = ": a remark\n");
VERDICT(child_that_ends, .result = "\n");
VERDICT(inherits_no_fd, .result = "\n");
VERDICT(checks_that_pass, .result = "\n");
VERDICT(dies_of_segv, .result = "\n");
VERDICT(dies_of_abort, .result = "\n");
VERDICT(dies_with_open_fd, .result = "\n");
VERDICT(skip_case, .result = " # SKIP reason 7\n");
VERDICT(skip_late, .result = " # SKIP on two lines\n", .absent = "left open");
VERDICT(dies_or_skips, .result = " # SKIP cannot die here\n");

VERDICT(expect_goes_on, .result = FAILED,
	.also = ": expected 1 + 1 == 3, got 2 and 3\n# ");
VERDICT(assert_ends, .result = FAILED,
	.also = ": expected 1 + 1 == 3, got 2 and 3\nnot ok",
	.absent = "went on");
VERDICT(helper_asserts, .result = FAILED, .also = ": expected true: false\n",
	.absent = "went on");
VERDICT(skip_without_reason, .result = FAILED,
	.also = ": SKIP() without a reason\n");
VERDICT(skip_after_failure, .result = FAILED,
	.also = ": expected true: false\n", .absent = "SKIP");
VERDICT(fails_in_grandchild, .result = FAILED,
	.also = ": expected 4 == 5, got 4 and 5\n");

VERDICT(calls_exit, .result = FAILED,
	.also = ": left before its end with exit status 0\n");
VERDICT(calls_quick_exit, .result = FAILED,
	.also = ": left before its end with exit status 5\n");
VERDICT(is_killed, .result = FAILED, .also = ": killed by signal 9 (Killed)\n");
VERDICT(does_not_die, .result = FAILED, .also = ": did not die of signal 11 (");
VERDICT(dies_otherwise, .result = FAILED,
	.also = ": killed by signal 9 (Killed)\n");
VERDICT(fails_then_dies, .result = FAILED, .also = ": expected true: false\n");
VERDICT(comes_back_twice, .result = FAILED,
	.also = ": a forked process returned from the case\n");

VERDICT(leaks_fd, .result = FAILED, .also = " -> /dev/zero\n");
VERDICT(leaks_high_fd, .result = FAILED, .also = "# left open: fd 2000 -> /");
VERDICT(leaks_with_no_fd_to_spare, .result = FAILED,
	.also = "# left open: fd ");
VERDICT(closes_foreign_fd, .result = FAILED, .also = ": open descriptors ");
VERDICT(leaks_map, .result = FAILED,
	.also = "memfd mappings 0 before and 1 after\n# left open: map ");
VERDICT(leaves_process, .result = FAILED,
	.also = ": left a live process behind\n");
VERDICT(dies_leaving_process, .result = FAILED,
	.also = ": left a live process behind\n");
VERDICT(hangs_alone, .result = FAILED, .also = ": timed out after 2 s\n");
VERDICT(hangs_in_grandchild, .result = FAILED,
	.also = ": timed out after 2 s\n");
VERDICT(hangs_in_other_group, .result = FAILED,
	.also = ": timed out after 2 s\n");
VERDICT(hangs_stopped, .result = FAILED, .also = ": timed out after 2 s\n");

static void expect_last_line(const char *text, const char *line)
{
	size_t len = strlen(text), tail = strlen(line);

	ASSERT_GT(len, tail);
	EXPECT_STREQ(text + len - tail, line);
}

TEST_F(verdict, is_reported)
{
	bool good = variant->result[0] == '\n';
	bool skipped = has(variant->result, "SKIP");
	const char *out = self->run.out;
	char line[256];

	RUN(&self->run, variant->name);
	snprintf(line, sizeof(line), "\n%sok 1 %s%s",
		 good || skipped ? "" : "not ", variant->name, variant->result);
	EXPECT_HAS(out, line);
	EXPECT_EQ(count(out, "\nok ") + count(out, "\nnot ok "), 1);
	if (variant->also)
		EXPECT_HAS(out, variant->also);
	if (variant->absent)
		EXPECT_FALSE(has(out, variant->absent));

	snprintf(line, sizeof(line), "\n# passed %d failed %d skipped %d\n",
		 good, !good && !skipped, skipped);
	expect_last_line(out, line);
	EXPECT_EQ(self->run.status, good ? 0 : skipped ? 4 : 1);
}

FIXTURE(victim)
{
	struct run run;
};

/* A sanitizer that catches the signal makes an exit status of it. */
TEST_F(victim, crash_is_a_failure)
{
	RUN(&self->run, "crashes");
	EXPECT_HAS(self->run.out, "\nnot ok 1 crashes # failed at ");
	EXPECT_TRUE(has(self->run.out, ": left before its end") ||
		    has(self->run.out, ": killed by signal 11 ("));
	EXPECT_EQ(self->run.status, 1);
}

TEST_F(victim, heap_leak_is_seen_by_sanitizers)
{
	if (!__lsan_do_recoverable_leak_check)
		SKIP("built without LeakSanitizer");
	RUN(&self->run, "leaks_heap");
	EXPECT_HAS(self->run.out, "\nnot ok 1 leaks_heap # failed at ");
	EXPECT_HAS(self->run.out, ": LeakSanitizer found leaks\n");
}

TEST_F(victim, race_is_seen_by_thread_sanitizer)
{
	if (!__tsan_init)
		SKIP("built without ThreadSanitizer");
	RUN(&self->run, "races");
	EXPECT_HAS(self->run.out, "\nnot ok 1 races # failed at ");
	EXPECT_HAS(self->run.out, ": exit status turned into 66,");
}

/* Every process that a case told of must be gone when the harness is. */
static void expect_dead(struct run *run, const char *name, int told)
{
	const char *pid = run->out;

	RUN(run, name);
	EXPECT_EQ(count(run->out, ": pid "), told);
	while ((pid = strstr(pid, ": pid "))) {
		pid += strlen(": pid ");
		EXPECT_ERRNO(ESRCH, kill(atoi(pid), 0));
	}
}

TEST_F_TIMEOUT(victim, leaves_no_process, 30)
{
	expect_dead(&self->run, "hangs_alone", 1);
	expect_dead(&self->run, "hangs_in_grandchild", 2);
	expect_dead(&self->run, "hangs_in_other_group", 1);
	expect_dead(&self->run, "hangs_stopped", 1);
	expect_dead(&self->run, "leaves_process", 1);
	expect_dead(&self->run, "dies_leaving_process", 1);
}

/* The case holds the other end of the pipe for as long as it lives. */
TEST_F(victim, dies_with_its_harness)
{
	struct pollfd end;
	int fds[2];
	pid_t pid;

	ASSERT_SYS(pipe(fds));
	pid = fork();
	ASSERT_SYS(pid);
	if (!pid) {
		close(fds[0]);
		exec_victim(ARGS("hangs_alone"));
	}
	close(fds[1]);
	usleep(300 * 1000);
	ASSERT_SYS(kill(pid, SIGKILL));
	ASSERT_EQ(waitpid(pid, NULL, 0), pid);
	end = (struct pollfd){ .fd = fds[0], .events = POLLIN };
	EXPECT_EQ(poll(&end, 1, 5000), 1);
	close(fds[0]);
}

/* Two seconds for each: the limit is the case's own, not the usual one. */
TEST_F_TIMEOUT(victim, is_stopped_in_time, 30)
{
	long long start = th_now_ms();

	RUN(&self->run, "steps.sleeping", "hangs_alone");
	EXPECT_EQ(count(self->run.out, "\nnot ok "), 2);
	EXPECT_GE(th_now_ms() - start, 4000);
	EXPECT_LT(th_now_ms() - start, 2 * 1000 * TH_SECONDS_);
}

/* ---- texts of the checks ------------------------------------------------ */

static const char *const texts[] = {
	"expected true: five == 6",
	"expected false: five == 5",
	"expected minus == SIZE_MAX, got -1 and ",
	"expected five != 5, got 5 and 5",
	"expected five < minus, got 5 and -1",
	"expected five <= 4U, got 5 and 4",
	"expected minus > five, got -1 and 5",
	"expected -2 >= minus, got -2 and -1",
	"expected INT64_MIN == UINT64_MAX, got -9223372036854775808 and "
		"18446744073709551615",
	"expected nowhere == NULL, got 0x40",
	"expected none != NULL, got (nil)",
	"expected none == \"some\", got \"(null)\" and \"some\"",
	"expected \"some\" != \"some\", got \"some\" and \"some\"",
	"\"100%s\" and \"100%d\" differ at offset 4 of 5",
	"-EACCES returned -13 (EACCES), not 0",
	"9 returned 9 (no error), not 0",
	"-EINVAL returned -22 (EINVAL), not -EPERM",
	"EPERM returned 1 (no error), not -EPERM",
	"close(-1) returned -1 (EBADF), not EPERM",
	"0 returned 0 (no error), not EPERM",
	"(errno = EPERM, 0) returned 0 (EPERM), not EPERM",
	"close(-1) returned -1 (EBADF), not success",
	"mmap(NULL, 0, PROT_READ, MAP_SHARED, 0, 0) returned -1 (EINVAL), "
		"not EPERM",
	"NULL returned 0 (no error), not EPERM",
};

TEST_F(victim, every_check_can_fail)
{
	const size_t total = sizeof(texts) / sizeof(texts[0]);

	RUN(&self->run, "all_checks");
	for (size_t i = 0; i < total; i++)
		EXPECT_HAS(self->run.out, texts[i]);
	/* And once more as the reason. */
	EXPECT_EQ(count(self->run.out, "harness_victim.c:"), total + 1);
}

/* ---- fixtures ----------------------------------------------------------- */

TEST_F(victim, fixture_that_passes)
{
	RUN(&self->run, "steps.balanced", "steps.dying");
	EXPECT_EQ(self->run.status, 0);
	EXPECT_HAS(self->run.out, "\nok 1 steps.balanced\n");
	EXPECT_HAS(self->run.out, "\nok 2 steps.dying\n");
	EXPECT_EQ(count(self->run.out, ": setup\n"), 2);
	EXPECT_EQ(count(self->run.out, ": teardown\n"), 1);
}

TEST_F(victim, teardown_runs_after_assert_and_skip)
{
	RUN(&self->run, "steps.asserting_itself", "steps.skipping");
	EXPECT_HAS(self->run.out, "\nnot ok 1 steps.asserting_itself # ");
	EXPECT_HAS(self->run.out, "\nok 2 steps.skipping # SKIP no need\n");
	EXPECT_EQ(count(self->run.out, ": teardown\n"), 2);
}

/* Elsewhere an assertion ends only what it can end safely. */
TEST_F(victim, assert_elsewhere_runs_no_teardown_there)
{
	RUN(&self->run, "steps.asserting_in_grandchild");
	EXPECT_EQ(self->run.status, 1);
	EXPECT_HAS(self->run.out, ": expected 6 == 7, got 6 and 7\n");
	EXPECT_FALSE(has(self->run.out, ": went on"));
	EXPECT_HAS(self->run.out, ": parent went on\n");
	EXPECT_EQ(count(self->run.out, ": teardown\n"), 1);

	RUN(&self->run, "steps.asserting_in_thread");
	EXPECT_EQ(self->run.status, 1);
	EXPECT_HAS(self->run.out, ": expected 8 == 9, got 8 and 9\n");
	EXPECT_EQ(count(self->run.out, ": teardown\n"), 0);
}

TEST_F(victim, failed_setup_runs_no_body)
{
	RUN(&self->run, "setups.*");
	EXPECT_HAS(self->run.out, "\nnot ok 1 setups.expecting.body # ");
	EXPECT_HAS(self->run.out, "\nnot ok 2 setups.asserting.body # ");
	EXPECT_HAS(self->run.out, "\nok 3 setups.skipping.body # SKIP in ");
	EXPECT_FALSE(has(self->run.out, ": body\n"));
	EXPECT_EQ(count(self->run.out, ": teardown\n"), 1);
}

TEST_F(victim, teardown_can_fail)
{
	RUN(&self->run, "teardowns.body");
	EXPECT_HAS(self->run.out, "\nnot ok 1 teardowns.body # failed at ");
}

/* ---- output ------------------------------------------------------------- */

TEST_F(victim, only_the_harness_writes_results)
{
	RUN(&self->run, "prints_results", "good_case");
	EXPECT_EQ(count(self->run.out, "forged"), 3);
	EXPECT_EQ(count(self->run.out, "\n# ok 1 forged\n"), 1);
	EXPECT_EQ(count(self->run.out, "\n# Bail out!\n"), 1);
	EXPECT_HAS(self->run.out, "\n# not ok 3 forged without new line\nok ");
	EXPECT_EQ(count(self->run.out, "\nok "), 2);
	EXPECT_EQ(count(self->run.out, "\n1.."), 1);
	EXPECT_EQ(strncmp(self->run.out, "TAP version 13\n1..2\n", 20), 0);
	EXPECT_STREQ(self->run.err, "");
}

TEST_F(victim, nothing_is_printed_twice)
{
	RUN(&self->run, "prints_once", "good_case");
	EXPECT_EQ(count(self->run.out, "only once"), 1);
	EXPECT_EQ(count(self->run.out, "TAP version"), 1);
}

/* ---- command line ------------------------------------------------------- */

TEST_F(victim, lists_in_source_order)
{
	const char *const names[] = {
		"good_case\n", "skip_case\n", "all_checks\n", "leaks_fd\n",
		"steps.balanced\n", "steps.sleeping\n",
		"setups.expecting.body\n", "setups.asserting.body\n",
		"setups.skipping.body\n", "teardowns.body\n",
	};
	const char *at;

	RUN(&self->run, "-l");
	EXPECT_EQ(self->run.status, 0);
	EXPECT_FALSE(has(self->run.out, "TAP"));
	at = self->run.out;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		at = strstr(at, names[i]);
		if (!at)
			TH_LOG("%s is missing or out of order", names[i]);
		ASSERT_NOT_NULL(at);
	}
}

TEST_F(victim, selects_by_pattern_and_substring)
{
	RUN(&self->run, "-l", "good_c", "setups.*body",
	    "steps.[b]*", "?kip_case");
	EXPECT_STREQ(self->run.out, "good_case\nskip_case\nsteps.balanced\n"
		     "setups.expecting.body\nsetups.asserting.body\n"
		     "setups.skipping.body\n");
	RUN(&self->run, "-v", "good_case");
	EXPECT_HAS(self->run.out, "1..1\n# run good_case\n");
}

TEST_F(victim, some_skipped_is_a_pass)
{
	RUN(&self->run, "skip_case", "good_case");
	EXPECT_EQ(self->run.status, 0);
	RUN(&self->run, "skip_case", "skip_late");
	EXPECT_EQ(self->run.status, 4);
	RUN(&self->run, "skip_case", "is_killed");
	EXPECT_EQ(self->run.status, 1);
}

TEST_F(victim, empty_selection_is_refused)
{
	RUN(&self->run, "no_such_case");
	EXPECT_EQ(self->run.status, 2);
	EXPECT_STREQ(self->run.out, "");
	EXPECT_HAS(self->run.err, "no such case");
	RUN(&self->run, "-l", "no_such_case");
	EXPECT_EQ(self->run.status, 2);
}

TEST_F(victim, unknown_option_is_refused)
{
	RUN(&self->run, "-x");
	EXPECT_EQ(self->run.status, 2);
	EXPECT_STREQ(self->run.out, "");
	EXPECT_HAS(self->run.err, "usage:");
	RUN(&self->run, "--help");
	EXPECT_EQ(self->run.status, 2);
}

TEST_F(victim, same_name_twice_is_refused)
{
	ASSERT_OK(setenv("VICTIM_TWIN", "1", true));
	RUN(&self->run, "good_case");
	EXPECT_EQ(self->run.status, 2);
	EXPECT_STREQ(self->run.out, "");
	EXPECT_HAS(self->run.err, "good_case: two cases have this name");
}

/* With SIGCHLD ignored, as some parents leave it, there is no exit status. */
TEST_F(victim, works_with_sigchld_ignored)
{
	ignore_sigchld = true;
	RUN(&self->run, "is_killed");
	EXPECT_HAS(self->run.out, ": killed by signal 9 (Killed)\n");
}

TH_MAIN
