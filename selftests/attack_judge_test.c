/* SPDX-License-Identifier: MIT */
/*
 * The table of routes is no decoration: with a seal missing, with an attacker
 * that lies, hangs or dies, or with a control that nothing gets through to, the
 * verdict says so.
 */
#include <sys/stat.h>

#include "harness.h"
#include "selftests/routes/attacker.h"

static const struct attack_plan same_user = { 0 };

/* ---- planted weaknesses ------------------------------------------------- */

#define SIZE_SEALS	(F_SEAL_SHRINK | F_SEAL_GROW)

/* Memory with these seals and no others, as a consumer would receive it. */
static int plant(int seals)
{
	char bytes[8192];
	int fd = memfd_create("planted", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int reader;

	memset(bytes, 0xa5, sizeof(bytes));
	ASSERT_SYS(fd);
	ASSERT_SYS(fchmod(fd, 0400));
	ASSERT_EQ(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	ASSERT_SYS(fcntl(fd, F_ADD_SEALS, seals));
	reader = open(route_fd_path(fd).text, O_RDONLY | O_CLOEXEC);
	ASSERT_SYS(reader);
	close(fd);
	return reader;
}

static struct attack_result attack_planted(const struct route *route,
					   enum attack_kind kind, int seals)
{
	struct attack_target target;
	struct attack_result result;
	int fd = plant(seals);

	ASSERT_OK(attack_target_adopt(kind, fd, true, &target));
	ASSERT_OK(attack_run(route, &target, &same_user, &result));
	attack_target_close(&target);
	close(fd);
	return result;
}

/* A tally of the whole table, as a user of it would see. */
static struct attack_tally attack_planted_by_all(enum attack_kind kind,
						 int seals)
{
	struct attack_tally tally = { 0 };
	const struct route *route;

	for (size_t i = 0; (route = route_get(i)); i++) {
		struct attack_row row = { .route = route };

		row.results[kind] = attack_planted(route, kind, seals);
		attack_tally_add(&tally, &row);
	}
	return tally;
}

struct planted {
	const char *id;
	const char *reason;	/* how it begins */
};

static bool starts_with(const char *text, const char *begin)
{
	return !strncmp(text, begin, strlen(begin));
}

static void expect_broken(enum attack_kind kind, int seals,
			  const struct planted *breaks, size_t count)
{
	struct attack_tally tally = attack_planted_by_all(kind, seals);

	EXPECT_FALSE(attack_tally_passed(&tally));
	for (size_t i = 0; i < count; i++) {
		struct attack_result result = attack_planted(
			route_find(breaks[i].id), kind, seals);

		TH_LOG("%s: %s", breaks[i].id, result.reason);
		EXPECT_EQ(result.outcome, ATTACK_BROKEN);
		EXPECT_TRUE(starts_with(result.reason, breaks[i].reason));
	}
}

#define EXPECT_BROKEN(kind, seals, ...)					\
	do {								\
		static const struct planted breaks[] = { __VA_ARGS__ };	\
		expect_broken(kind, seals, breaks,			\
			      sizeof(breaks) / sizeof(breaks[0]));	\
	} while (0)

static void expect_planted_held(const char *id, enum attack_kind kind,
				int seals)
{
	EXPECT_EQ(attack_planted(route_find(id), kind, seals).outcome,
		  ATTACK_HELD);
}

TEST_TIMEOUT(notices_missing_future_write, 60)
{
	const int seals = SIZE_SEALS | F_SEAL_SEAL;

	EXPECT_BROKEN(ATTACK_LIVE, seals, { "A02", "byte 0 changed" },
		      { "A18", "byte 0 changed" }, { "B01", "byte 0 changed" },
		      { "D01", "byte 0 changed" }, { "D18", "byte 0 changed" },
		      { "E01", "byte 0 changed" }, { "F20", "byte 0 changed" },
		      { "O06", "byte 0 changed" });
	expect_planted_held("C01", ATTACK_LIVE, seals);
	expect_planted_held("H04", ATTACK_LIVE, seals);
	/* The descriptor as received was O_RDONLY, and that still holds. */
	expect_planted_held("D09", ATTACK_LIVE, seals);
}

TEST_TIMEOUT(notices_missing_shrink, 60)
{
	const int seals = F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

	EXPECT_BROKEN(ATTACK_LIVE, seals, { "C01", "size 8192 became 4096" },
		      { "C02", "size 8192 became 0" },
		      { "C03", "size 8192 became 8191" },
		      { "O05", "size 8192 became 0" });
	expect_planted_held("A02", ATTACK_LIVE, seals);
	expect_planted_held("C04", ATTACK_LIVE, seals);
}

TEST_TIMEOUT(notices_missing_grow, 60)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
	struct attack_result result =
		attack_planted(route_find("C04"), ATTACK_LIVE, seals);

	EXPECT_EQ(result.outcome, ATTACK_BROKEN);
	EXPECT_EQ(attack_planted(route_find("B11"), ATTACK_LIVE, seals).outcome,
		  ATTACK_BROKEN);
	expect_planted_held("C01", ATTACK_LIVE, seals);
}

TEST_TIMEOUT(notices_missing_seal_seal, 60)
{
	const int seals = SIZE_SEALS | F_SEAL_FUTURE_WRITE;

	EXPECT_BROKEN(ATTACK_LIVE, seals,
		      { "H01", "seals 0x" },
		      { "H04", "seals 0x" },
		      { "H07", "the kernel did not refuse it" });
	expect_planted_held("A02", ATTACK_LIVE, seals);
}

TEST_TIMEOUT(notices_missing_write_seal_of_frozen, 60)
{
	EXPECT_BROKEN(ATTACK_FROZEN, SIZE_SEALS | F_SEAL_SEAL,
		      { "A02", "byte 0 changed" }, { "D01", "byte 0 changed" });
}

TEST_TIMEOUT(notices_unsafe_without_size_seals, 60)
{
	EXPECT_BROKEN(ATTACK_UNSAFE, F_SEAL_SEAL,
		      { "C01", "size 8192 became 4096" });
	EXPECT_BROKEN(ATTACK_UNSAFE, SIZE_SEALS,
		      { "H05", "seals 0x" });
	EXPECT_EQ(attack_planted(route_find("A02"), ATTACK_UNSAFE,
				 SIZE_SEALS | F_SEAL_SEAL).outcome,
		  ATTACK_OPEN);
}

/* A writer whose memory is some other memory. */
TEST(notices_writer_that_is_not_seen)
{
	unsigned char elsewhere[16] = { 0 };
	struct attack_target target;
	struct attack_result result;

	ASSERT_OK(attack_target_create(ATTACK_LIVE, &target));
	sealmem_writable_mapping_unmap(&target.writer);
	target.writer.addr = elsewhere;
	target.writer.size = sizeof(elsewhere);
	ASSERT_OK(attack_run(route_find("A02"), &target, &same_user, &result));
	EXPECT_EQ(result.outcome, ATTACK_BROKEN);
	EXPECT_STREQ(result.reason, "the writer is no longer seen");
	target.writer = (struct sealmem_writable_mapping){ 0 };
	attack_target_close(&target);
}

/* Two failures to read would compare equal. */
TEST(target_that_cannot_be_read_is_refused)
{
	struct attack_target control, target;
	struct attack_result result;
	int fd;

	ASSERT_OK(attack_target_create(ATTACK_CONTROL, &control));
	fd = open(route_fd_path(control.fd).text, O_WRONLY | O_CLOEXEC);
	ASSERT_SYS(fd);
	ASSERT_OK(attack_target_adopt(ATTACK_LIVE, fd, true, &target));
	EXPECT_ERR(EIO, attack_run(route_find("A02"), &target, &same_user,
				   &result));
	close(fd);
	attack_target_close(&control);
}

/* ---- attackers that misbehave ------------------------------------------- */

static int secret_fd = -1;

static int write_and_deny(struct attacker *attacker)
{
	(void)attacker;
	(void)!pwrite(secret_fd, "x", 1, 4096);
	return -EPERM;
}

static int boast(struct attacker *attacker)
{
	(void)attacker;
	return 0;
}

static int give_up(struct attacker *attacker)
{
	return -attacker->argument;
}

static int hang(struct attacker *attacker)
{
	(void)attacker;
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	return pause();
}

static int leave_a_process(struct attacker *attacker)
{
	if (fork() == 0)
		hang(attacker);
	return -EPERM;
}

static int vanish(struct attacker *attacker)
{
	(void)attacker;
	_exit(0);
}

static int die(struct attacker *attacker)
{
	return raise(attacker->argument);
}

static struct route custom(int (*attempt)(struct attacker *), int argument)
{
	return (struct route){
		.id = "X01", .name = "custom", .goal = ROUTE_CONTENT,
		.attempt = attempt, .argument = argument,
		.writer = SAYS(EPERM), .reader = SAYS(EPERM),
	};
}

static struct attack_result run_custom(enum attack_kind kind,
				       int (*attempt)(struct attacker *),
				       int argument)
{
	const struct attack_plan plan = {
		.limit_ms = attempt == hang ? 200 : 0,
	};
	struct route route = custom(attempt, argument);
	struct attack_target target;
	struct attack_result result;

	ASSERT_OK(attack_target_create(kind, &target));
	secret_fd = target.own_fd;
	ASSERT_OK(attack_run(&route, &target, &plan, &result));
	attack_target_close(&target);
	return result;
}

TEST(denied_write_is_found)
{
	struct route route = custom(write_and_deny, 0);
	struct attack_target target, lie;
	struct attack_result result;

	ASSERT_OK(attack_target_create(ATTACK_CONTROL, &target));
	ASSERT_OK(attack_target_adopt(ATTACK_LIVE, target.fd, true, &lie));
	secret_fd = target.fd;
	ASSERT_OK(attack_run(&route, &lie, &same_user, &result));
	EXPECT_EQ(result.outcome, ATTACK_BROKEN);
	EXPECT_STREQ(result.reason, "byte 4096 changed");
	attack_target_close(&target);
}

TEST(unforeseen_ok_is_a_break)
{
	struct attack_result result = run_custom(ATTACK_LIVE, boast, 0);

	EXPECT_EQ(result.outcome, ATTACK_BROKEN);
	EXPECT_STREQ(result.reason, "the kernel did not refuse it");
}

TEST(unforeseen_errno_is_held_and_marked)
{
	struct attack_result result = run_custom(ATTACK_LIVE, give_up, EXDEV);

	EXPECT_EQ(result.outcome, ATTACK_HELD);
	EXPECT_FALSE(result.expected);
	result = run_custom(ATTACK_LIVE, give_up, EPERM);
	EXPECT_EQ(result.outcome, ATTACK_HELD);
	EXPECT_TRUE(result.expected);
}

TEST(control_must_be_got_through)
{
	struct attack_tally tally = { 0 };
	struct attack_row row = { 0 };
	struct attack_result *control = &row.results[ATTACK_CONTROL];

	*control = run_custom(ATTACK_CONTROL, boast, 0);
	EXPECT_EQ(control->outcome, ATTACK_PROVES_NOTHING);
	*control = run_custom(ATTACK_CONTROL, give_up, EPERM);
	EXPECT_EQ(control->outcome, ATTACK_PROVES_NOTHING);
	attack_tally_add(&tally, &row);
	EXPECT_FALSE(attack_tally_passed(&tally));
	*control = run_custom(ATTACK_CONTROL, give_up, ENOSYS);
	EXPECT_EQ(control->outcome, ATTACK_ABSENT);
}

static struct attack_result run_answer(int number)
{
	struct route route = custom(give_up, number);
	struct attack_target target;
	struct attack_result result;

	route.goal = ROUTE_ANSWER;
	route.control = SAYS(EINVAL);
	ASSERT_OK(attack_target_create(ATTACK_CONTROL, &target));
	ASSERT_OK(attack_run(&route, &target, &same_user, &result));
	attack_target_close(&target);
	return result;
}

TEST(control_must_answer_as_foreseen)
{
	EXPECT_EQ(run_answer(EINVAL).outcome, ATTACK_HARMLESS);
	EXPECT_EQ(run_answer(EPERM).outcome, ATTACK_PROVES_NOTHING);
	EXPECT_EQ(run_answer(0).outcome, ATTACK_PROVES_NOTHING);
	EXPECT_STREQ(run_answer(EPERM).reason,
		     "the control was not changed; it said EPERM");
}

/* What needs no seal must not change the control, either. */
TEST(harmless_route_that_changes_something_proves_nothing)
{
	struct route route = custom(write_and_deny, 0);
	struct attack_target target;
	struct attack_result result;

	route.goal = ROUTE_ANSWER;
	route.control = SAYS(EPERM);
	ASSERT_OK(attack_target_create(ATTACK_CONTROL, &target));
	secret_fd = target.fd;
	ASSERT_OK(attack_run(&route, &target, &same_user, &result));
	EXPECT_EQ(result.outcome, ATTACK_PROVES_NOTHING);
	EXPECT_STREQ(result.reason, "byte 4096 changed; it said EPERM");
	attack_target_close(&target);
}

static int chmod_it(struct attacker *attacker)
{
	return route_said(fchmod(attacker->received, 0600));
}

TEST(lasting_route_spares_other_people)
{
	struct route route = custom(chmod_it, 0);
	struct attack_target target;
	struct attack_plan plan = {
		.kinds = 1u << ATTACK_LIVE, .foreign = &target,
	};
	struct attack_row row;

	route.lasting = true;
	ASSERT_OK(attack_target_create(ATTACK_LIVE, &target));
	ASSERT_OK(attack_row_run(&route, &plan, &row));
	EXPECT_EQ(row.results[ATTACK_LIVE].outcome, ATTACK_ABSENT);
	EXPECT_NOT_NULL(strstr(row.results[ATTACK_LIVE].reason, "traces"));
	attack_target_close(&target);
}

TEST(hanging_route_is_ended)
{
	struct attack_result result = run_custom(ATTACK_LIVE, hang, 0);

	EXPECT_EQ(result.answer, ROUTE_TIMEOUT);
	EXPECT_FALSE(result.expected);
	EXPECT_EQ(run_custom(ATTACK_CONTROL, hang, 0).outcome,
		  ATTACK_PROVES_NOTHING);
}

/* Its end of the pipe is the last one open. */
TEST(process_left_behind_is_ended)
{
	int ends[2];
	char byte;

	ASSERT_SYS(pipe2(ends, O_CLOEXEC));
	EXPECT_EQ(run_custom(ATTACK_LIVE, leave_a_process, 0).answer,
		  ROUTE_EPERM);
	close(ends[1]);
	EXPECT_EQ(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

TEST(signals_and_silence_are_answers)
{
	EXPECT_EQ(run_custom(ATTACK_LIVE, die, SIGKILL).answer, ROUTE_SIGKILL);
	EXPECT_EQ(run_custom(ATTACK_LIVE, die, SIGTERM).answer, ROUTE_SIGTERM);
	EXPECT_EQ(run_custom(ATTACK_LIVE, die, SIGUSR1).answer, ROUTE_OTHER);
	EXPECT_EQ(run_custom(ATTACK_LIVE, die, SIGUSR1).number, SIGUSR1);
	EXPECT_EQ(run_custom(ATTACK_LIVE, vanish, 0).answer, ROUTE_OTHER);
	EXPECT_FALSE(run_custom(ATTACK_LIVE, vanish, 0).expected);
}

TH_MAIN
