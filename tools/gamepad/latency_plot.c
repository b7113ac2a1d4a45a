/* SPDX-License-Identifier: MIT */
/*
 * A plot of latencies: gnuplot reads what to draw from a pipe and writes the
 * file that was opened for it, so no name is ever part of its script.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/text.h"
#include "tools/tool.h"
#include "tools/gamepad/latency.h"

extern char **environ;

static const char look[] =
	"set terminal svg size 960,640 dynamic font 'sans-serif,14' "
	"background rgb 'white'\n"
	"set border 3 lc rgb '#666666'\n"
	"set grid xtics ytics lc rgb '#dddddd'\n"
	"set tics nomirror\n"
	"unset key\n"
	"set logscale x\n"
	"set ylabel 'share of the states (%)'\n"
	"set xtics ('1 us' 1, '10 us' 10, '100 us' 100, '1 ms' 1000, "
	"'10 ms' 10000, '100 ms' 100000, '1 s' 1000000, '10 s' 10000000)\n"
	"set style fill transparent solid 0.35\n";

/* An eighth more, so that all cells look alike; at the end of a bucket. */
static uint64_t cell_end(uint64_t start)
{
	uint64_t end = start + (start / 8 ?: 1), width = 1;

	while (end / width >= 64)
		width *= 2;
	return end - end % width;
}

/* Zero has no place on a logarithmic axis: it joins the first microsecond. */
static void write_cells(FILE *file, const char *name,
			const struct histogram *histogram)
{
	uint64_t start = 1, end;

	fprintf(file, "$%s << END\n", name);
	for (; start <= histogram->max && start >> 40 == 0; start = end) {
		uint64_t from = start == 1 ? 0 : start;

		end = cell_end(start);
		fprintf(file, "%" PRIu64 " %f\n", start,
			100.0 * (double)histogram_between(histogram, from, end) /
				(double)histogram->count);
	}
	fprintf(file, "%" PRIu64 " 0\nEND\n", start);
}

/* A line from the bottom to the top, and its name beside its upper end. */
static void write_quantile(FILE *file, const char *name,
			   const struct histogram *histogram,
			   unsigned int permille)
{
	uint64_t at = histogram_quantile(histogram, permille) ?: 1;

	fprintf(file, "set arrow from first %" PRIu64 ", graph 0 to first %"
		PRIu64 ", graph 1 nohead lc rgb '#444444' dt 2\n", at, at);
	fprintf(file, "set label '%s' at first %" PRIu64
		", graph 0.94 offset 0.5,0\n", name, at);
}

static void write_panel(FILE *file, const char *name, const char *title,
			const char *colour, const struct histogram *histogram)
{
	char p50[TEXT_TIME_SIZE], p99[TEXT_TIME_SIZE], max[TEXT_TIME_SIZE];

	text_time(histogram_quantile(histogram, 500), p50);
	text_time(histogram_quantile(histogram, 990), p99);
	text_time(histogram->max, max);
	fprintf(file, "unset arrow\nunset label\n");
	write_quantile(file, "p50", histogram, 500);
	write_quantile(file, "p99", histogram, 990);
	fprintf(file, "set title '%s: p50 %s, p99 %s, max %s'\n"
		"plot $%s with fillsteps lc rgb '%s'\n",
		title, p50, p99, max, name, colour);
}

static void write_script(FILE *file, const struct latency *latency)
{
	const struct histogram *publish = &latency->from_publish;
	const struct histogram *event = &latency->from_event;
	uint64_t max = event->max > publish->max ? event->max : publish->max;

	write_cells(file, "publish", publish);
	write_cells(file, "event", event);
	fputs(look, file);
	fprintf(file, "set xrange [1:%" PRIu64 "]\nset yrange [0:*]\n",
		max > 10 ? max + max / 4 : 10);
	fprintf(file, "set multiplot layout 2,1 title 'sealmem gamepad "
		"latency: %" PRIu64 " states in %.0f s, waiting by %s",
		publish->count, latency->seconds, latency->wait);
	if (latency->rate_hz)
		fprintf(file, " at %" PRIu64 " Hz", latency->rate_hz);
	fprintf(file, "'\n");
	write_panel(file, "publish", "from publication to seen", "#1f5fa8",
		    publish);
	fprintf(file, "set xlabel 'time until the state was seen'\n");
	write_panel(file, "event", "from event to seen", "#d1691e", event);
	fprintf(file, "unset multiplot\n");
}

/* gnuplot with @input as its input and @path as its output: 0 or an errno. */
static int start(int input, const char *path, pid_t *ret_pid)
{
	char name[] = "gnuplot";
	char *args[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	int ret;

	posix_spawn_file_actions_init(&actions);
	ret = posix_spawn_file_actions_adddup2(&actions, input, 0) ?:
	      posix_spawn_file_actions_addopen(&actions, 1, path,
					       O_WRONLY | O_CREAT | O_TRUNC,
					       0666) ?:
	      posix_spawnp(ret_pid, name, &actions, NULL, args, environ);
	posix_spawn_file_actions_destroy(&actions);
	return ret;
}

static bool finish(pid_t pid, const char *path)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	tool_say("gnuplot failed, so %s is no plot", path);
	return false;
}

bool latency_plot(const struct latency *latency, const char *path)
{
	int ends[2], ret;
	FILE *script;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		tool_say("cannot make a pipe: %s", strerror(errno));
		return false;
	}
	/* A gnuplot that is gone is seen from its exit status. */
	signal(SIGPIPE, SIG_IGN);
	ret = start(ends[0], path, &pid);
	close(ends[0]);
	script = fdopen(ends[1], "w");
	if (ret || !script) {
		tool_say("no plot: %s: %s", path, ret == ENOENT ?
			 "gnuplot is not installed, or there is no such folder" :
			 strerror(ret));
		script ? fclose(script) : close(ends[1]);
		return false;
	}
	write_script(script, latency);
	fclose(script);
	return finish(pid, path);
}
