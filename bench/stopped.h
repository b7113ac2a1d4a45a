/* SPDX-License-Identifier: MIT */
/* Reads while the writer, another process, is stopped somewhere in a publish. */
#ifndef BENCH_STOPPED_H
#define BENCH_STOPPED_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "designs.h"
#include "goals.h"
#include "partner.h"

#define STOPS	     300
#define STOPPED_SIZE 5056

/* Which publication the writer is in. */
enum phase { BETWEEN, IN_SNAPSHOT, IN_SEQLOCK };

struct stopped {
	struct subject ours;
	struct subject seqlock;
	volatile enum phase *phase;
	unsigned int stops[3];
	unsigned int read[3];
};

__attribute__((noreturn))
static void publish_for_ever(struct stopped *s, struct sealmem_channel *channel)
{
	static char states[2][STOPPED_SIZE];

	memset(states[1], 1, sizeof(states[1]));
	subject_open(&s->ours, &snapshot_2, STOPPED_SIZE);
	subject_open(&s->seqlock, &plain_seqlock, STOPPED_SIZE);
	BENCH_CHECK(sealmem_channel_send_readonly(channel, &s->ours.region,
						  NULL) == 0);
	BENCH_CHECK(sealmem_channel_send_readonly(channel, &s->seqlock.region,
						  NULL) == 0);
	for (unsigned int turn = 0;; turn++) {
		*s->phase = IN_SNAPSHOT;
		snapshot_publish(&s->ours, states[turn & 1]);
		*s->phase = IN_SEQLOCK;
		plain_publish(&s->seqlock, states[turn & 1]);
		*s->phase = BETWEEN;
	}
}

/* Somebody who comes now has no value yet. */
static void read_stopped(struct stopped *s)
{
	enum phase phase = *s->phase;

	s->stops[phase]++;
	subject_forget(&s->ours);
	s->read[phase] += phase == IN_SEQLOCK ? plain_read(&s->seqlock) :
						snapshot_read(&s->ours);
}

static void stop_and_read(struct stopped *s, pid_t pid)
{
	struct timespec moment = { 0 };
	int status;

	for (int i = 0; i < STOPS; i++) {
		/* Each time after another while. */
		moment.tv_nsec = 50000 + i * 7919 % 50000;
		nanosleep(&moment, NULL);
		BENCH_CHECK(kill(pid, SIGSTOP) == 0);
		BENCH_CHECK(waitpid(pid, &status, WUNTRACED) == pid);
		BENCH_CHECK(WIFSTOPPED(status));
		read_stopped(s);
		BENCH_CHECK(kill(pid, SIGCONT) == 0);
	}
}

static double percent(unsigned int part, unsigned int whole)
{
	return whole > 0 ? 100.0 * part / whole : 0;
}

static void stopped_print(const struct stopped *s)
{
	printf("stopped_in_snapshot %u stops\n", s->stops[IN_SNAPSHOT]);
	printf("stopped_in_snapshot_reads_that_succeed %.0f %%\n",
	       percent(s->read[IN_SNAPSHOT], s->stops[IN_SNAPSHOT]));
	printf("stopped_in_plain_seqlock %u stops\n", s->stops[IN_SEQLOCK]);
	printf("stopped_in_plain_seqlock_reads_that_succeed %.0f %%\n",
	       percent(s->read[IN_SEQLOCK], s->stops[IN_SEQLOCK]));
}

static void attach(struct subject *subject, const struct design *design,
		   struct sealmem_channel *channel)
{
	struct sealmem_received_region received;

	BENCH_CHECK(sealmem_channel_receive(channel, NULL, -1, &received,
					    NULL) == 0);
	BENCH_CHECK(received.kind == SEALMEM_KIND_READONLY);
	subject_open_reader(subject, design, STOPPED_SIZE,
			    &received.as.readonly);
}

/* The writer's mapping is not inherited: it makes the regions and sends them. */
static pid_t start_writer(struct stopped *s, int cpu)
{
	struct sealmem_channel ours = { 0 }, theirs = { 0 };
	pid_t pid;

	BENCH_CHECK(sealmem_channel_pair(&ours, &theirs) == 0);
	pid = fork();
	BENCH_CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin_to(cpu);
		publish_for_ever(s, &theirs);
	}
	attach(&s->ours, &snapshot_2, &ours);
	attach(&s->seqlock, &plain_seqlock, &ours);
	sealmem_channel_close(&ours);
	sealmem_channel_close(&theirs);
	return pid;
}

static void stopped_goal(const struct stopped *s)
{
	static const char what[] = "% of reads that succeed, writer stopped";

	if (s->stops[IN_SNAPSHOT] == 0) {
		goal_missing(what, "in mid-publish", 100, "never stopped there");
		return;
	}
	goal_count_of(what, 100,
		      percent(s->read[IN_SNAPSHOT], s->stops[IN_SNAPSHOT]));
	goals[goal_count - 1].beside = "in mid-publish";
	goals[goal_count - 1].is_at_least = true;
}

static void bench_stopped(int cpu)
{
	static struct stopped s;
	pid_t pid;

	s.phase = mmap(NULL, sizeof(*s.phase), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	BENCH_CHECK(s.phase != MAP_FAILED);
	pid = start_writer(&s, cpu);
	stop_and_read(&s, pid);
	BENCH_CHECK(kill(pid, SIGKILL) == 0);
	BENCH_CHECK(waitpid(pid, NULL, 0) == pid);
	stopped_print(&s);
	stopped_goal(&s);
	subject_close(&s.ours);
	subject_close(&s.seqlock);
}

#endif
