/* SPDX-License-Identifier: MIT */
/*
 * The test harness. Every case runs in a child with a process group of its
 * own, so a case may crash, hang or close what it likes and the next one still
 * starts clean. Output is TAP 13, and only the harness writes it: what a case
 * prints is shown when it has ended, as comment lines.
 *
 * A case ends at its last line, at a failed ASSERT_*() or at SKIP(), also from
 * within a helper function. After a setup that failed the body does not run,
 * and after one that ended early neither does teardown; in every other case
 * teardown runs. In another thread or a forked process a failed ASSERT_*()
 * counts too, and exits from that process.
 */
#ifndef SEALMEM_SELFTESTS_HARNESS_H
#define SEALMEM_SELFTESTS_HARNESS_H

#include <fnmatch.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "checks.h"

#define TH_SECONDS_   10
#define TH_MAX_ITEMS_ 1024

#define TH_EXIT_PASS  0
#define TH_EXIT_FAIL  1
#define TH_EXIT_USAGE 2
#define TH_EXIT_SKIP  4

enum th_verdict { TH_PASSED, TH_FAILED, TH_SKIPPED };

typedef void th_function(void *self, const void *variant);

struct th_variant {
	const char *name;
	const void *data;
	int line;
	struct th_variant *next;
};

struct th_fixture {
	const char *name;
	th_function *setup;
	th_function *teardown;
	struct th_variant *variants;
};

struct th_case {
	const char *name;
	const char *file;
	int line;
	int want_signal;
	int seconds;
	struct th_fixture *fixture;
	size_t self_size;
	th_function *body;
	struct th_case *next;
};

/* One case with one variant: what a line of the plan stands for. */
struct th_item {
	const struct th_case *test;
	const struct th_variant *variant;
	char name[128];
};

static struct th_case *th_cases;
static struct th_fixture th_no_fixture TH_UNUSED_;
static struct th_item th_items[TH_MAX_ITEMS_];
static size_t th_item_count;

/* ---- declaring cases ---------------------------------------------------- */

/* clang-format off */
#define TH_AT_START_(id)						\
	__attribute__((constructor)) static void th_start_##id(void)

#define TH_CASE_(id, fix, text, size, function, sig, limit)		\
	static struct th_case th_case_##id = {				\
		.name = text, .file = __FILE__, .line = __LINE__,	\
		.fixture = fix, .self_size = size, .body = function,	\
		.want_signal = sig, .seconds = limit,			\
	};								\
	TH_AT_START_(id)						\
	{								\
		th_case_##id.next = th_cases;				\
		th_cases = &th_case_##id;				\
	}

#define TH_TEST_(id, sig, limit)					\
	static void th_test_##id(void *, const void *);			\
	TH_CASE_(id, &th_no_fixture, #id, 1, th_test_##id, sig, limit)	\
	static void th_test_##id(void *th_self_ TH_UNUSED_,		\
				 const void *th_variant_ TH_UNUSED_)

#define TEST(name)			TH_TEST_(name, 0, TH_SECONDS_)
#define TEST_SIGNAL(name, sig)		TH_TEST_(name, sig, TH_SECONDS_)
#define TEST_TIMEOUT(name, seconds)	TH_TEST_(name, 0, seconds)

/* Helpers may name the types: struct th_self_<fix>, struct th_variant_<fix>. */
#define FIXTURE(fix)							\
	struct th_variant_##fix;					\
	static struct th_fixture th_fixture_##fix TH_UNUSED_ = {	\
		.name = #fix,						\
	};								\
	struct th_self_##fix

#define FIXTURE_VARIANT(fix)	struct th_variant_##fix

#define FIXTURE_VARIANT_ADD(fix, id)					\
	static const struct th_variant_##fix th_data_##fix##__##id;	\
	TH_AT_START_(fix##__variant__##id)				\
	{								\
		static struct th_variant variant = {			\
			.name = #id, .data = &th_data_##fix##__##id,	\
			.line = __LINE__,				\
		};							\
		variant.next = th_fixture_##fix.variants;		\
		th_fixture_##fix.variants = &variant;			\
	}								\
	static const struct th_variant_##fix th_data_##fix##__##id =

/* A function with the real types, and one that the harness can call. */
#define TH_TYPED_(fix, id, between)					\
	static void th_typed_##id(struct th_self_##fix *self,		\
				  const struct th_variant_##fix *variant); \
	static void th_plain_##id(void *self, const void *variant)	\
	{								\
		th_typed_##id(self, variant);				\
	}								\
	between								\
	static void th_typed_##id(					\
		struct th_self_##fix *self TH_UNUSED_,			\
		const struct th_variant_##fix *variant TH_UNUSED_)

#define TH_HOOK_(fix, hook)						\
	TH_TYPED_(fix, hook##__##fix, TH_AT_START_(hook##__##fix)	\
	{								\
		th_fixture_##fix.hook = th_plain_##hook##__##fix;	\
	})
#define FIXTURE_SETUP(fix)	TH_HOOK_(fix, setup)
#define FIXTURE_TEARDOWN(fix)	TH_HOOK_(fix, teardown)

#define TH_TEST_F_(fix, id, sig, limit)					\
	TH_TYPED_(fix, fix##__##id,					\
		  TH_CASE_(fix##__##id, &th_fixture_##fix, #id,		\
			   sizeof(struct th_self_##fix),		\
			   th_plain_##fix##__##id, sig, limit))
#define TEST_F(fix, name)	      TH_TEST_F_(fix, name, 0, TH_SECONDS_)
#define TEST_F_SIGNAL(fix, name, sig) TH_TEST_F_(fix, name, sig, TH_SECONDS_)
#define TEST_F_TIMEOUT(fix, name, s)  TH_TEST_F_(fix, name, 0, s)
/* clang-format on */

/* ---- in the child ------------------------------------------------------- */

/* Returns true if the step got to its end, or if there is none. */
static inline bool th_step(const struct th_case *c, th_function *step,
			   void *self, const void *data)
{
	if (!step)
		return true;
	if (setjmp(th_way_out))
		return false;
	step(self, data);
	if (getpid() == th_case_pid)
		return true;
	th_fail(c->file, c->line, "a forked process returned from the case");
	_exit(TH_EXIT_FAIL);
}

static inline bool th_steps(const struct th_case *c, void *self,
			    const void *data)
{
	bool whole;

	if (!th_step(c, c->fixture->setup, self, data))
		return false;
	whole = th_failed() || th_step(c, c->body, self, data);
	return th_step(c, c->fixture->teardown, self, data) && whole;
}

static inline void th_run_steps(const struct th_item *item)
{
	const struct th_case *c = item->test;
	void *self = calloc(1, c->self_size);
	char *before = th_census(), *after;
	bool whole;

	whole = th_steps(c, self, item->variant ? item->variant->data : NULL);
	free(self);
	after = th_census();
	/* A case that ended early never came to its cleaning up. */
	if (whole && !c->want_signal) {
		th_check_census(c->file, c->line, before, after);
		th_check_leaks(c->file, c->line);
	}
	free(before);
	free(after);
}

TH_NORETURN_ static inline void th_child(const struct th_item *item,
					 FILE *output)
{
	int sig = item->test->want_signal;

	setpgid(0, 0);
	/* An interrupted harness must not leave a hanging case behind. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(fileno(output), STDOUT_FILENO);
	dup2(fileno(output), STDERR_FILENO);
	fclose(output);
	th_case_pid = getpid();
	/* Sanitizers catch the very signals that cases want to die of. */
	if (sig) {
		signal(sig, SIG_DFL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	}
	th_run_steps(item);
	fflush(NULL);
	th_result->finished = true;
	_exit(TH_EXIT_PASS);
}

/* ---- in the parent ------------------------------------------------------ */

static inline long long th_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Returns false if the case had to be killed. */
static inline bool th_wait(pid_t pid, int seconds, int *ret_status)
{
	long long end = th_now_ms() + seconds * 1000LL;

	while (!waitpid(pid, ret_status, WNOHANG)) {
		if (th_now_ms() >= end) {
			/* The rest of its group follows: th_end_group(). */
			kill(pid, SIGKILL);
			waitpid(pid, ret_status, 0);
			return false;
		}
		usleep(1000);
	}
	return true;
}

/* Returns true if the case left a live process; none is left afterwards. The
 * harness is a subreaper, so that it can tell the dead from the living. */
static inline bool th_end_group(pid_t group)
{
	while (waitpid(-group, NULL, WNOHANG) > 0)
		;
	if (kill(-group, SIGKILL) < 0)
		return false;
	while (waitpid(-group, NULL, 0) > 0)
		;
	return true;
}

static inline void th_judge(const struct th_case *c, int status, bool expired,
			    bool left)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	const char *why = NULL;

	if (expired)
		why = th_format("timed out after %d s", c->seconds);
	else if (sig && sig != c->want_signal)
		why = th_format("killed by signal %d (%s)", sig,
				strsignal(sig));
	else if (!sig && !th_result->finished)
		why = th_format("left before its end with exit status %d",
				WEXITSTATUS(status));
	else if (!sig && WEXITSTATUS(status))
		why = th_format("exit status turned into %d, by a sanitizer?",
				WEXITSTATUS(status));
	else if (sig != c->want_signal && !th_result->skipped)
		why = th_format("did not die of signal %d (%s)",
				c->want_signal, strsignal(c->want_signal));
	else if (left)
		why = "left a live process behind";
	if (why)
		th_fail(c->file, c->line, why);
}

/* Nothing that a case prints may look like a result. */
static inline void th_show(FILE *output)
{
	bool start = true;
	int c;

	rewind(output);
	while ((c = getc(output)) != EOF) {
		if (start && c != '#')
			fputs("# ", stdout);
		start = c == '\n';
		putchar(c);
	}
	if (!start)
		putchar('\n');
	fclose(output);
}

static inline void th_run(const struct th_item *item)
{
	const struct th_case *c = item->test;
	FILE *output = tmpfile();
	int status = 0;
	bool expired, left;
	pid_t pid;

	/* What is buffered now would be written twice. */
	fflush(NULL);
	pid = output ? fork() : -1;
	if (pid < 0) {
		th_fail(c->file, c->line,
			th_format("tmpfile or fork: %s", strerror(errno)));
		return;
	}
	if (!pid)
		th_child(item, output);
	expired = !th_wait(pid, c->seconds, &status);
	left = th_end_group(pid);
	th_show(output);
	th_judge(c, status, expired, left);
}

static inline enum th_verdict th_report(const struct th_item *item,
					size_t number)
{
	if (th_failed()) {
		printf("not ok %zu %s # %s\n", number, item->name,
		       th_result->failure);
		return TH_FAILED;
	}
	if (th_result->skipped) {
		printf("ok %zu %s # SKIP %s\n", number, item->name,
		       th_result->skip);
		return TH_SKIPPED;
	}
	printf("ok %zu %s\n", number, item->name);
	return TH_PASSED;
}

static inline int th_run_all(bool verbose)
{
	int counts[3] = { 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* A SIGCHLD that was ignored would take the exit status along. */
	signal(SIGCHLD, SIG_DFL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	printf("TAP version 13\n1..%zu\n", th_item_count);
	for (size_t i = 0; i < th_item_count; i++) {
		if (verbose)
			printf("# run %s\n", th_items[i].name);
		/* Fresh, so that a stray of an earlier case cannot reach it. */
		th_result = mmap(NULL, sizeof(*th_result),
				 PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (th_result == MAP_FAILED)
			abort();
		th_run(&th_items[i]);
		counts[th_report(&th_items[i], i + 1)]++;
		munmap(th_result, sizeof(*th_result));
	}
	printf("# passed %d failed %d skipped %d\n", counts[TH_PASSED],
	       counts[TH_FAILED], counts[TH_SKIPPED]);
	if (counts[TH_FAILED])
		return TH_EXIT_FAIL;
	return counts[TH_PASSED] ? TH_EXIT_PASS : TH_EXIT_SKIP;
}

/* ---- choosing what to run ----------------------------------------------- */

static inline void th_add_item(const struct th_case *c,
			       const struct th_variant *variant)
{
	struct th_item *item = &th_items[th_item_count++];
	const char *fixture = c->fixture->name;

	if (th_item_count == TH_MAX_ITEMS_)
		abort();
	item->test = c;
	item->variant = variant;
	snprintf(item->name, sizeof(item->name), "%s%s%s%s%s",
		 fixture ? fixture : "", fixture ? "." : "",
		 variant ? variant->name : "", variant ? "." : "", c->name);
}

/* Constructors may run in any order; lines have one. */
static inline int th_by_line(const void *a, const void *b)
{
	const struct th_item *x = a, *y = b;
	int diff = x->test->line - y->test->line;

	if (!diff && x->variant && y->variant)
		diff = x->variant->line - y->variant->line;
	return diff;
}

static inline void th_collect(void)
{
	for (struct th_case *c = th_cases; c; c = c->next) {
		if (!c->fixture->variants)
			th_add_item(c, NULL);
		for (struct th_variant *v = c->fixture->variants; v;
		     v = v->next)
			th_add_item(c, v);
	}
	qsort(th_items, th_item_count, sizeof(th_items[0]), th_by_line);
}

static inline const char *th_find_duplicate(void)
{
	for (size_t i = 0; i < th_item_count; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(th_items[i].name, th_items[j].name))
				return th_items[i].name;
	return NULL;
}

static inline bool th_matches(const char *name, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0) || strstr(name, *patterns))
			return true;
	return false;
}

static inline void th_select(char **patterns)
{
	size_t kept = 0;

	for (size_t i = 0; i < th_item_count; i++)
		if (th_matches(th_items[i].name, patterns))
			th_items[kept++] = th_items[i];
	th_item_count = kept;
}

static inline int th_refuse(const char *why, const char *what)
{
	fprintf(stderr, "%s: %s\n"
		"usage: [-l] [-v] [PATTERN...]\n"
		"  -l  list the names of the cases, run none\n"
		"  -v  name each case before it runs\n", what, why);
	return TH_EXIT_USAGE;
}

static inline int th_main(int argc, char **argv)
{
	bool list = false, verbose = false;
	const char *twice;
	int option;

	opterr = 0;
	while ((option = getopt(argc, argv, "lv")) != -1) {
		if (option == '?')
			return th_refuse("unknown option", argv[0]);
		list |= option == 'l';
		verbose |= option == 'v';
	}
	th_collect();
	twice = th_find_duplicate();
	if (twice)
		return th_refuse("two cases have this name", twice);
	th_select(argv + optind);
	if (!th_item_count)
		return th_refuse("no such case", argv[0]);
	for (size_t i = 0; list && i < th_item_count; i++)
		puts(th_items[i].name);
	return list ? TH_EXIT_PASS : th_run_all(verbose);
}

#define TH_MAIN						\
	int main(int argc, char **argv)			\
	{						\
		return th_main(argc, argv);		\
	}

#endif
