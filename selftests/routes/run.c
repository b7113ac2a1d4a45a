/* SPDX-License-Identifier: MIT */
/*
 * One attempt: a process that has nothing but the descriptor tries a route, and
 * this one waits for its end, whatever that is, and hands both to judge.c.
 */
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "selftests/routes/attacker.h"
#include "selftests/routes/judge.h"

#define LIMIT_MS	5000u
#define NAP_US		100

/* ---- the process that attacks ------------------------------------------- */

/* A handler that is inherited, as a sanitizer's, would hide the answer. */
static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 1 keeps the kernel from starting a core dump handler; 0 does not. */
static void forbid_core_dump(void)
{
	struct rlimit limit = { 1, 1 };

	setrlimit(RLIMIT_CORE, &limit);
}

static int drop_to(uid_t uid)
{
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

/* Changing the user cleared both: its own procfs files would be root's. */
static void be_ordinary_process(void)
{
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

__attribute__((noreturn)) static void
attack_in_child(const struct route *route, int fd,
		const struct attack_plan *plan, struct attack_report *report)
{
	struct attacker attacker = { 0 };

	setpgid(0, 0);
	reset_signals();
	forbid_core_dump();
	if (plan->drop)
		report->failure = drop_to(plan->uid);
	if (report->failure)
		_exit(1);
	be_ordinary_process();
	attacker_prepare(&attacker, fd, route->argument, plan->gentle);
	report->writable = attacker.writable;
	report->reopened = attacker.reopened;
	report->owner = attacker.owner;
	report->ret = route->attempt(&attacker);
	memcpy(report->why, attacker.why, sizeof(report->why));
	report->finished = true;
	_exit(0);
}

/* ---- the process that waits --------------------------------------------- */

static bool is_dead(pid_t pid)
{
	siginfo_t info = { 0 };

	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid == pid;
}

/* The group goes before its leader is reaped, while its number is its own. */
static int end_of(pid_t pid, unsigned int limit_ms, bool *ret_timeout)
{
	const struct timespec nap = { 0, NAP_US * 1000 };
	unsigned int naps = limit_ms * 1000 / NAP_US;
	int status = 0;

	while (!is_dead(pid) && naps > 0) {
		nanosleep(&nap, NULL);
		naps--;
	}
	*ret_timeout = naps == 0;
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return status;
}

static void read_answer(const struct attack_report *report, int status,
			bool timeout, struct attack_result *result)
{
	if (timeout) {
		result->answer = ROUTE_TIMEOUT;
	} else if (WIFSIGNALED(status)) {
		result->number = WTERMSIG(status);
		result->answer = route_answer_signal(result->number);
	} else if (!report->finished) {
		result->answer = ROUTE_OTHER;
	} else if (report->ret == ROUTE_CANNOT) {
		result->answer = ROUTE_ABSENT;
	} else {
		result->number = -report->ret;
		result->answer = route_answer_errno(result->number);
	}
	result->writable = report->writable;
}

static int try_in_child(const struct route *route,
			const struct attack_target *target,
			const struct attack_plan *plan,
			struct attack_report *report,
			struct attack_result *result)
{
	bool timeout;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		attack_in_child(route, target->fd, plan, report);
	setpgid(pid, pid);
	status = end_of(pid, plan->limit_ms ? plan->limit_ms : LIMIT_MS,
			&timeout);
	read_answer(report, status, timeout, result);
	return report->failure;
}

/* A mode is the owner's to change, so the next attack finds it as it was. */
static void restore_mode(const struct attack_target *target,
			 const struct attack_state *before,
			 const struct attack_state *after)
{
	if (after->mode != before->mode)
		(void)!fchmod(target->fd, before->mode & 07777);
}

static int run_and_judge(const struct route *route,
			 const struct attack_target *target,
			 const struct attack_plan *plan,
			 struct attack_report *report,
			 struct attack_result *result)
{
	struct attack_state before = { 0 }, after = { 0 };
	int ret = attack_state_take(target, &before);

	if (ret == 0 && !attack_state_is_whole(target, &before))
		ret = -EIO;
	if (ret == 0)
		ret = try_in_child(route, target, plan, report, result);
	if (ret == 0)
		ret = attack_state_take(target, &after);
	if (ret == 0) {
		attack_judge(route, target, report, &before, &after, result);
		restore_mode(target, &before, &after);
	}
	attack_state_drop(&before);
	attack_state_drop(&after);
	return ret;
}

/* Whoever started us may ignore SIGCHLD: then nobody could be waited for. */
int attack_run(const struct route *route, const struct attack_target *target,
	       const struct attack_plan *plan, struct attack_result *ret)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	struct attack_report *report;
	struct sigaction old;
	int err;

	*ret = (struct attack_result){ 0 };
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return -errno;
	sigaction(SIGCHLD, &usual, &old);
	err = run_and_judge(route, target, plan, report, ret);
	sigaction(SIGCHLD, &old, NULL);
	munmap(report, sizeof(*report));
	return err;
}

/* ---- a row of the table ------------------------------------------------- */

/* Other people's memory is left as it was found. */
static int run_foreign(const struct route *route,
		       const struct attack_plan *plan,
		       struct attack_result *ret)
{
	if (!route->lasting)
		return attack_run(route, plan->foreign, plan, ret);
	*ret = (struct attack_result){
		.outcome = ATTACK_ABSENT,
		.answer = ROUTE_ABSENT,
		.expected = true,
		.reason = "would leave traces on other people's memory",
	};
	return 0;
}

static int run_kind(const struct route *route, enum attack_kind kind,
		    const struct attack_plan *plan, struct attack_result *ret)
{
	struct attack_target target;
	int err;

	if (plan->foreign && plan->foreign->kind == kind)
		return run_foreign(route, plan, ret);
	err = attack_target_create(kind, &target);
	if (err < 0)
		return err;
	err = attack_run(route, &target, plan, ret);
	attack_target_close(&target);
	return err;
}

/* What cannot be tried even on the control was not held back by seals. */
static void spread_absence(struct attack_row *row)
{
	const struct attack_result *control = &row->results[ATTACK_CONTROL];

	if (control->outcome != ATTACK_ABSENT)
		return;
	for (int kind = 0; kind < ATTACK_KINDS; kind++) {
		struct attack_result *result = &row->results[kind];

		if (result->outcome != ATTACK_HELD &&
		    result->outcome != ATTACK_HARMLESS)
			continue;
		result->outcome = ATTACK_ABSENT;
		result->expected = true;
		memcpy(result->reason, control->reason, sizeof(result->reason));
	}
}

/* Without a control nobody can tell a missing feature from a seal. */
static void excuse_missing(struct attack_row *row)
{
	uint64_t missing = row->route->missing | SAYS(ENOSYS);

	for (int kind = 0; kind < ATTACK_KINDS; kind++) {
		struct attack_result *result = &row->results[kind];

		if (result->outcome == ATTACK_HELD &&
		    missing & UINT64_C(1) << result->answer)
			result->expected = true;
	}
}

int attack_row_run(const struct route *route, const struct attack_plan *plan,
		   struct attack_row *ret)
{
	*ret = (struct attack_row){ .route = route };
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		int err;

		if (!(plan->kinds & 1u << kind))
			continue;
		err = run_kind(route, kind, plan, &ret->results[kind]);
		if (err < 0)
			return err;
	}
	spread_absence(ret);
	if (!(plan->kinds & 1u << ATTACK_CONTROL))
		excuse_missing(ret);
	return 0;
}
