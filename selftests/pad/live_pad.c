/* SPDX-License-Identifier: MIT */
/*
 * Gamepads without hardware, played from standard input: Xbox-like pads at
 * /dev/input/event7 and wherever one is added, in the world of umockdev, and a
 * program that runs there.
 *
 *   umockdev-wrapper live_pad PROGRAM [ARGUMENT]...
 *
 * One command a line, numbers in decimal:
 *
 *   event TYPE CODE VALUE   write that event
 *   state TYPE CODE VALUE   change what the device says when it is asked
 *   both TYPE CODE VALUE    as a real device does
 *   range CODE MIN MAX      of an axis
 *   vendor NUMBER, property NUMBER, name TEXT (to the end of the line)
 *   rumble                  it can: what is uploaded and played is printed
 *   start                   run the program
 *   add NUMBER              a pad comes, at /dev/input/eventNUMBER
 *   use NUMBER              commands are about that one, not the last added
 *   unplug                  the device goes, its node stays
 *   remove                  the device goes, and its node with it
 *   flood HZ SECONDS        presses of A and a turn of a stick on all pads, that
 *                           often a second; at the end, how many of each
 *
 * At the end of its input the program gets SIGTERM, and "exit STATUS" is
 * printed, or "signal NUMBER".
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "live_device.h"

/* ---- orders of the test: lines of standard input ------------------------ */

struct stage {
	char **program;
	pid_t child;
};

static void write_event(struct pad *pad, int type, int code, int value)
{
	struct input_event event = { .type = (__u16)type,
				     .code = (__u16)code,
				     .value = value };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	event.input_event_sec = now.tv_sec;
	event.input_event_usec = now.tv_nsec / 1000;
	if (write(pad->hardware, &event, sizeof(event)) != sizeof(event))
		perror("live_pad: write");
}

static void start(struct stage *stage)
{
	stage->child = fork();
	if (stage->child != 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/*
	 * Nobody but us holds the plugs. No more than that: another thread may
	 * have had a lock of GLib's when this process was made.
	 */
	for (int i = 0; i < NODES_MAX; i++)
		if (world.pads[i] && world.pads[i]->hardware >= 0)
			close(world.pads[i]->hardware);
	execvp(stage->program[0], stage->program);
	perror("live_pad: exec");
	_exit(127);
}

/* ---- many events -------------------------------------------------------- */

/* One frame: A goes down or up, and the left stick moves. */
static void write_frame(struct pad *pad, int tick)
{
	struct timespec now;
	struct input_event frame[3] = {
		{ .type = EV_KEY, .code = BTN_A, .value = tick % 2 == 0 },
		{ .type = EV_ABS, .code = ABS_X, .value = tick % 30000 },
		{ .type = EV_SYN, .code = SYN_REPORT },
	};

	if (pad->hardware < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (int i = 0; i < 3; i++) {
		frame[i].input_event_sec = now.tv_sec;
		frame[i].input_event_usec = now.tv_nsec / 1000;
	}
	if (write(pad->hardware, frame, sizeof(frame)) != sizeof(frame))
		perror("live_pad: write");
	pad->presses += frame[0].value;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* An even number of frames, so that A is up at the end. */
static void flood(int hz, int seconds)
{
	double begin = seconds_now(), took;
	int ticks = hz * seconds / 2 * 2, pads = 0;

	for (int tick = 0; tick < ticks; tick++) {
		double wait = begin + (double)tick / hz - seconds_now();

		if (wait > 0)
			g_usleep((gulong)(wait * 1e6));
		for (int i = 0; i < NODES_MAX; i++)
			if (world.pads[i])
				write_frame(world.pads[i], tick);
	}
	took = seconds_now() - begin;
	for (int i = 0; i < NODES_MAX; i++)
		pads += world.pads[i] && world.pads[i]->hardware >= 0;
	printf("flood: %d pads, %d frames each in %.1f s, %.0f a second; A was "
	       "pressed %d times on each\n", pads, ticks, took, ticks / took,
	       world.used->presses);
}

/* ------------------------------------------------------------------------- */

static void obey_about(struct pad *pad, const char *line)
{
	int a, b, c;

	if (sscanf(line, "event %d %d %d", &a, &b, &c) == 3 ||
	    sscanf(line, "both %d %d %d", &a, &b, &c) == 3) {
		if (line[0] == 'b')
			change_state(pad, a, b, c);
		write_event(pad, a, b, c);
	} else if (sscanf(line, "state %d %d %d", &a, &b, &c) == 3) {
		change_state(pad, a, b, c);
	} else if (sscanf(line, "range %d %d %d", &a, &b, &c) == 3) {
		change_range(pad, (unsigned int)a, b, c);
	} else if (sscanf(line, "vendor %d", &a) == 1) {
		pad->id.vendor = (__u16)a;
	} else if (sscanf(line, "property %d", &a) == 1) {
		pad->property = (unsigned char)a;
	} else if (!strncmp(line, "rumble", 6)) {
		pad->can_rumble = 1;
	} else if (!strncmp(line, "unplug", 6)) {
		unplug(pad);
	} else if (!strncmp(line, "remove", 6)) {
		take_away(pad);
	} else if (sscanf(line, "name %199[^\n]", pad->name) != 1) {
		fprintf(stderr, "live_pad: what is %s", line);
	}
}

static void obey(struct stage *stage, const char *line)
{
	int a, b;

	if (sscanf(line, "add %d", &a) == 1)
		add_device(a);
	else if (sscanf(line, "use %d", &a) == 1 && a >= 0 && a < NODES_MAX &&
		 world.pads[a])
		world.used = world.pads[a];
	else if (sscanf(line, "flood %d %d", &a, &b) == 2)
		flood(a, b);
	else if (!strncmp(line, "start", 5))
		start(stage);
	else
		obey_about(world.used, line);
	fflush(stdout);
}

static void end(pid_t child)
{
	int status;

	if (child <= 0)
		return;
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else
		printf("exit %d\n", WEXITSTATUS(status));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct stage stage = { .program = argv + 1 };
	char line[512];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2 || !begin_world())
		return 1;
	while (fgets(line, sizeof(line), stdin))
		obey(&stage, line);
	end(stage.child);
	end_world();
	return 0;
}
