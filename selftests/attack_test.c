/* SPDX-License-Identifier: MIT */
/*
 * Nothing gets through: the table of routes on each kind of memory, by each
 * kind of attacker, with exactly the answers that the table has. Whether it
 * would notice if something did is for attack_judge_test.c.
 */
#include <grp.h>
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "harness.h"
#include "selftests/routes/routes.h"

#define NOBODY	65534

static const struct attack_plan same_user = { 0 };

/* ---- the table ---------------------------------------------------------- */

TEST(table_is_well_formed)
{
	const struct route *route;
	size_t count = 0;

	for (; (route = route_get(count)); count++) {
		EXPECT_TRUE(route_find(route->id) == route);
		if (th_failed())
			TH_LOG("this is about %s", route->id);
		EXPECT_LE(strlen(route->name), 18);
		EXPECT_NE(route->what[0], '\0');
		EXPECT_NOT_NULL(route->attempt);
		EXPECT_NE(route->writer, 0);
		EXPECT_NE(route->reader, 0);
	}
	EXPECT_GE(count, 180);
}

/* What needs no seal says so; what changes memory gets through the control. */
TEST(goals_and_answers_agree)
{
	const struct route *route;

	for (size_t i = 0; (route = route_get(i)); i++) {
		if (route->goal == ROUTE_ANSWER)
			continue;
		if (route->control)
			TH_LOG("%s has answers of a control", route->id);
		EXPECT_EQ(route->control, 0);
		EXPECT_FALSE(route->lasting);
		EXPECT_FALSE(route->harmless);
		EXPECT_FALSE(route->by_owner);
	}
}

TEST(every_answer_has_a_text)
{
	for (int answer = 0; answer <= ROUTE_OTHER; answer++)
		EXPECT_NOT_NULL(route_answer_text(answer));
	EXPECT_STREQ(route_answer_text(route_answer_errno(EPERM)), "EPERM");
	EXPECT_STREQ(route_answer_text(route_answer_signal(SIGBUS)), "SIGBUS");
	EXPECT_EQ(route_answer_errno(EBADMSG), ROUTE_OTHER);
}

TEST(pattern_matches_id_and_name)
{
	const struct route *route = route_find("A02");

	EXPECT_TRUE(route_matches(route, "A02"));
	EXPECT_TRUE(route_matches(route, "A*"));
	EXPECT_TRUE(route_matches(route, "pwrite"));
	EXPECT_TRUE(route_matches(route, "A02 pwrite"));
	EXPECT_FALSE(route_matches(route, "write"));
	EXPECT_FALSE(route_matches(route, "B*"));
}

/* ---- every kind, every attacker ----------------------------------------- */

enum who { SELF, ORDINARY_USER, OTHER_USER };

FIXTURE(table)
{
	struct attack_plan plan;
	struct attack_tally tally;
};

FIXTURE_VARIANT(table)
{
	enum attack_kind kind;
	enum who who;
};

FIXTURE_VARIANT_ADD(table, control_self) { ATTACK_CONTROL, SELF };
FIXTURE_VARIANT_ADD(table, unsafe_self) { ATTACK_UNSAFE, SELF };
FIXTURE_VARIANT_ADD(table, live_self) { ATTACK_LIVE, SELF };
FIXTURE_VARIANT_ADD(table, frozen_self) { ATTACK_FROZEN, SELF };
FIXTURE_VARIANT_ADD(table, control_user) { ATTACK_CONTROL, ORDINARY_USER };
FIXTURE_VARIANT_ADD(table, unsafe_user) { ATTACK_UNSAFE, ORDINARY_USER };
FIXTURE_VARIANT_ADD(table, live_user) { ATTACK_LIVE, ORDINARY_USER };
FIXTURE_VARIANT_ADD(table, frozen_user) { ATTACK_FROZEN, ORDINARY_USER };
FIXTURE_VARIANT_ADD(table, control_other) { ATTACK_CONTROL, OTHER_USER };
FIXTURE_VARIANT_ADD(table, unsafe_other) { ATTACK_UNSAFE, OTHER_USER };
FIXTURE_VARIANT_ADD(table, live_other) { ATTACK_LIVE, OTHER_USER };
FIXTURE_VARIANT_ADD(table, frozen_other) { ATTACK_FROZEN, OTHER_USER };

static void become_ordinary_user(void)
{
	ASSERT_SYS(setgroups(0, NULL));
	ASSERT_SYS(setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(setresuid(NOBODY, NOBODY, NOBODY));
	ASSERT_SYS(prctl(PR_SET_DUMPABLE, 1));
}

FIXTURE_SETUP(table)
{
	if (variant->who != SELF && geteuid() != 0)
		SKIP("only root can become another user");
	if (variant->who == ORDINARY_USER)
		become_ordinary_user();
	self->plan.drop = variant->who == OTHER_USER;
	self->plan.uid = NOBODY;
	self->plan.kinds = 1u << ATTACK_CONTROL | 1u << variant->kind;
}

FIXTURE_TEARDOWN(table)
{
}

/* What a route comes to where all is well. */
static enum attack_outcome good_outcome(const struct route *route,
					enum attack_kind kind,
					const struct attack_result *result)
{
	bool ok = result->answer == ROUTE_OK;

	if (kind == ATTACK_CONTROL)
		return route->goal == ROUTE_ANSWER ? ATTACK_HARMLESS :
						     ATTACK_THROUGH;
	if (result->outcome == ATTACK_HARMLESS && route->goal == ROUTE_ANSWER)
		return ATTACK_HARMLESS;
	/* A05: half of it may be written to unsafe memory. */
	if (kind == ATTACK_UNSAFE && route->unsafe &&
	    result->outcome == ATTACK_OPEN)
		return ATTACK_OPEN;
	if (kind == ATTACK_UNSAFE && route->goal == ROUTE_CONTENT && ok)
		return ATTACK_OPEN;
	return ok ? ATTACK_HARMLESS : ATTACK_HELD;
}

static void expect_good(const struct route *route, enum attack_kind kind,
			const struct attack_result *result)
{
	enum attack_outcome good = good_outcome(route, kind, result);

	if (result->outcome == ATTACK_ABSENT) {
		TH_LOG("%s %s is not here: %s", route->id, route->name,
		       result->reason);
		return;
	}
	if (result->outcome != good || !result->expected)
		TH_LOG("%s %s on %s: %s, %s; %s", route->id, route->name,
		       attack_kind_name(kind),
		       route_answer_text(result->answer),
		       attack_outcome_text(result->outcome), result->reason);
	EXPECT_EQ(result->outcome, good);
	EXPECT_TRUE(result->expected);
}

TEST_F_TIMEOUT(table, holds, 60)
{
	const struct route *route;

	for (size_t i = 0; (route = route_get(i)); i++) {
		struct attack_row row;

		ASSERT_OK(attack_row_run(route, &self->plan, &row));
		attack_tally_add(&self->tally, &row);
		for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++)
			if (self->plan.kinds & 1u << kind)
				expect_good(route, kind, &row.results[kind]);
	}
	EXPECT_GE(self->tally.tried, ATTACK_TRIED_MIN);
	EXPECT_TRUE(attack_tally_passed(&self->tally));
	EXPECT_EQ(self->tally.unexpected, 0);
}

/* ---- some answers, by hand ---------------------------------------------- */

static struct attack_result attack(const char *id, enum attack_kind kind,
				   const struct attack_plan *plan)
{
	struct attack_target target;
	struct attack_result result;

	ASSERT_OK(attack_target_create(kind, &target));
	ASSERT_OK(attack_run(route_find(id), &target, plan, &result));
	attack_target_close(&target);
	return result;
}

static void expect_answer(const char *id, enum attack_kind kind,
			  const struct attack_plan *plan,
			  enum route_answer answer)
{
	struct attack_result result = attack(id, kind, plan);

	if (result.answer != answer)
		TH_LOG("%s on %s: %s", id, attack_kind_name(kind),
		       route_answer_text(result.answer));
	EXPECT_EQ(result.answer, answer);
}

TEST(owner_meets_the_seals)
{
	expect_answer("A02", ATTACK_LIVE, &same_user, ROUTE_EPERM);
	expect_answer("A02", ATTACK_FROZEN, &same_user, ROUTE_EPERM);
	expect_answer("A02", ATTACK_UNSAFE, &same_user, ROUTE_OK);
	expect_answer("B01", ATTACK_LIVE, &same_user, ROUTE_EPERM);
	expect_answer("C01", ATTACK_UNSAFE, &same_user, ROUTE_EPERM);
	expect_answer("D01", ATTACK_LIVE, &same_user, ROUTE_EPERM);
	expect_answer("D09", ATTACK_FROZEN, &same_user, ROUTE_EACCES);
	expect_answer("D18", ATTACK_LIVE, &same_user, ROUTE_SIGSEGV);
	expect_answer("F01", ATTACK_LIVE, &same_user, ROUTE_EFAULT);
	expect_answer("H04", ATTACK_LIVE, &same_user, ROUTE_EPERM);
	expect_answer("O06", ATTACK_FROZEN, &same_user, ROUTE_EPERM);
}

TEST(other_user_meets_the_file_mode_first)
{
	const struct attack_plan other = { .drop = true, .uid = NOBODY };

	if (geteuid() != 0)
		SKIP("only root can become another user");
	expect_answer("A02", ATTACK_LIVE, &other, ROUTE_EBADF);
	expect_answer("C01", ATTACK_LIVE, &other, ROUTE_EINVAL);
	expect_answer("C06", ATTACK_UNSAFE, &other, ROUTE_EACCES);
	expect_answer("D01", ATTACK_FROZEN, &other, ROUTE_EACCES);
	expect_answer("D18", ATTACK_LIVE, &other, ROUTE_SIGSEGV);
	expect_answer("H04", ATTACK_LIVE, &other, ROUTE_EPERM);
	expect_answer("O06", ATTACK_LIVE, &other, ROUTE_EACCES);
}

TEST(mode_is_reported_and_restored)
{
	struct attack_target target;
	struct attack_result result;
	struct stat before, after;

	ASSERT_OK(attack_target_create(ATTACK_LIVE, &target));
	ASSERT_SYS(fstat(target.fd, &before));
	ASSERT_OK(attack_run(route_find("A02"), &target, &same_user, &result));
	ASSERT_SYS(fstat(target.fd, &after));
	EXPECT_EQ(result.outcome, ATTACK_HELD);
	EXPECT_TRUE(result.mode_changed);
	EXPECT_EQ(after.st_mode, before.st_mode);
	attack_target_close(&target);
}

TEST(ignored_sigchld_does_not_matter)
{
	signal(SIGCHLD, SIG_IGN);
	expect_answer("A02", ATTACK_LIVE, &same_user, ROUTE_EPERM);
	EXPECT_TRUE(signal(SIGCHLD, SIG_DFL) == SIG_IGN);
}

TEST(cannot_become_nobody_without_root)
{
	const struct attack_plan other = { .drop = true, .uid = NOBODY - 1 };
	struct attack_target target;
	struct attack_result result;

	if (geteuid() == 0)
		become_ordinary_user();
	ASSERT_OK(attack_target_create(ATTACK_CONTROL, &target));
	EXPECT_ERR(EPERM, attack_run(route_find("A02"), &target, &other,
				     &result));
	attack_target_close(&target);
}

/* ---- machines that forbid some routes ----------------------------------- */

/* Lets these calls fail with EPERM, as the sandbox of a container does. */
static void forbid(unsigned int a, unsigned int b, unsigned int c)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, a, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, b, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, c, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	ASSERT_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		SKIP("no system call filters here");
}

TEST(forbidden_calls_are_not_here)
{
	static const char *const ids[] = { "F25", "A25", "F17" };
	const struct attack_plan plan = {
		.kinds = 1u << ATTACK_CONTROL | 1u << ATTACK_LIVE,
	};

	forbid(SYS_userfaultfd, SYS_io_uring_setup, SYS_process_vm_writev);
	for (int i = 0; i < 3; i++) {
		struct attack_row row;
		struct attack_result *live = &row.results[ATTACK_LIVE];

		ASSERT_OK(attack_row_run(route_find(ids[i]), &plan, &row));
		TH_LOG("%s: %s", ids[i], live->reason);
		EXPECT_EQ(row.results[ATTACK_CONTROL].outcome, ATTACK_ABSENT);
		EXPECT_EQ(live->outcome, ATTACK_ABSENT);
		EXPECT_NOT_NULL(strstr(live->reason, "EPERM"));
	}
}

/* ---- looking at memory -------------------------------------------------- */

static const enum attack_kind levels[] = {
	ATTACK_CONTROL, ATTACK_UNSAFE, ATTACK_LIVE, ATTACK_FROZEN,
};

#define LEVELS	(sizeof(levels) / sizeof(levels[0]))

TEST(level_is_the_kind)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct attack_inspection seen;
		struct attack_target target;

		ASSERT_OK(attack_target_create(levels[i], &target));
		ASSERT_OK(attack_inspect(target.fd, &seen));
		EXPECT_EQ(seen.level, levels[i]);
		EXPECT_EQ(seen.size, target.size);
		EXPECT_EQ(seen.sealed, levels[i] != ATTACK_CONTROL);
		EXPECT_EQ(seen.writable, levels[i] <= ATTACK_UNSAFE);
		EXPECT_TRUE(seen.readable);
		EXPECT_FALSE(seen.holes);
		EXPECT_FALSE(seen.huge);
		attack_target_close(&target);
	}
}

TEST(what_has_no_seals_is_refused)
{
	struct attack_inspection seen;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ASSERT_SYS(fd);
	EXPECT_ERR(EINVAL, attack_inspect(fd, &seen));
	close(fd);
	EXPECT_ERR(EBADF, attack_inspect(-1, &seen));
	EXPECT_ERR(ESRCH, attack_take_fd(INT32_MAX, 0));
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static void be_gentle(const struct attack_target *target)
{
	const struct attack_plan plan = {
		.kinds = 1u << target->kind, .foreign = target, .gentle = true,
	};
	const struct route *route;
	size_t count = 0;

	for (size_t i = 0; (route = route_get(i)); i++) {
		struct attack_row row;

		if (!route->harmless)
			continue;
		ASSERT_OK(attack_row_run(route, &plan, &row));
		expect_good(route, target->kind, &row.results[target->kind]);
		count++;
	}
	EXPECT_GE(count, 20);
}

/* Not even the times of memory that has no seals at all. */
TEST_TIMEOUT(harmless_routes_leave_nothing_behind, 60)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct attack_state before, after;
		struct attack_target target;
		struct stat old, new;

		ASSERT_OK(attack_target_create(levels[i], &target));
		ASSERT_OK(attack_state_take(&target, &before));
		ASSERT_SYS(fstat(target.fd, &old));
		be_gentle(&target);
		ASSERT_SYS(fstat(target.fd, &new));
		ASSERT_OK(attack_state_take(&target, &after));
		EXPECT_TRUE(same_time(old.st_mtim, new.st_mtim));
		EXPECT_EQ(before.mode, after.mode);
		EXPECT_EQ(before.seals, after.seals);
		EXPECT_EQ(old.st_blocks, new.st_blocks);
		EXPECT_EQ(before.count, after.count);
		attack_state_drop(&before);
		attack_state_drop(&after);
		attack_target_close(&target);
	}
}

/* ---- other people's memory ---------------------------------------------- */

/* Hands a live region out, then writes behind the header for ever. */
__attribute__((noreturn)) static void produce(struct sealmem_channel *channel)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_writable_mapping mapping = { 0 };
	volatile unsigned char *bytes;

	if (sealmem_readonly_region_create(4096, NULL, &region, &mapping) ||
	    sealmem_channel_send_readonly(channel, &region, NULL))
		_exit(1);
	bytes = mapping.addr;
	for (size_t i = 0;; i++)
		bytes[ROUTE_HEADER_SIZE + i % 1024] += 1;
}

static void attack_foreign(const struct attack_target *target)
{
	const struct attack_plan plan = {
		.kinds = 1u << ATTACK_LIVE, .foreign = target,
	};
	struct attack_tally tally = { 0 };
	const struct route *route;

	for (size_t i = 0; (route = route_get(i)); i++) {
		struct attack_row row;

		ASSERT_OK(attack_row_run(route, &plan, &row));
		attack_tally_add(&tally, &row);
		expect_good(route, ATTACK_LIVE, &row.results[ATTACK_LIVE]);
	}
	EXPECT_GE(tally.tried, ATTACK_TRIED_MIN);
}

TEST_TIMEOUT(received_region_that_changes_holds, 60)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	struct sealmem_received_region region = { 0 };
	struct attack_target target;
	pid_t producer;

	ASSERT_OK(sealmem_channel_pair(&ours, &theirs));
	producer = fork();
	ASSERT_SYS(producer);
	if (producer == 0)
		produce(&theirs);
	ASSERT_OK(sealmem_channel_receive(&ours, NULL, 5000, &region, NULL));
	ASSERT_EQ(region.kind, SEALMEM_KIND_READONLY);
	ASSERT_OK(attack_target_adopt(
		ATTACK_LIVE, sealmem_readonly_region_fd(&region.as.readonly),
		false, &target));
	attack_foreign(&target);
	kill(producer, SIGKILL);
	waitpid(producer, NULL, 0);
	sealmem_received_region_close(&region);
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
}

TH_MAIN
