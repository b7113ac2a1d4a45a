/* SPDX-License-Identifier: MIT */
/*
 * `sealmem attack`: tries every route of the table on memory that sealmem made,
 * or that a producer hands out, and says whether anything got through.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/attack.h"
#include "tools/tool.h"

static const char synopsis[] =
	"sealmem attack [--kind KIND]... [--socket PATH] [--route PATTERN]\n"
	"                      [--as UID] [--brief | --json | --ktap] [--list]\n"
	"       sealmem attack --fd N [--pid PID] [--as UID] [--brief | --ktap]\n"
	"       sealmem attack --designs [--as UID] [--route PATTERN] [--json]";

static const char help[] =
"Usage: sealmem attack [OPTION]...\n"
"Tries every known way to change shared memory, each in a process of its own,\n"
"and looks afterwards at what has changed. Only documented system calls: no\n"
"kernel bug is used.\n"
"\n"
"  -k, --kind KIND      what to attack; again for another. If left out, the\n"
"                       first four:\n"
"                         control  memory without seals: every route has to\n"
"                                  get through, or to give the answer that it\n"
"                                  gives everywhere, or it would prove nothing\n"
"                         unsafe   everybody may write, nobody may resize\n"
"                         live     one writer; the rest may only read\n"
"                         frozen   nobody may write\n"
"                       or one of the designs of --designs\n"
"  -s, --socket PATH    the control, and the region handed out at PATH, as by\n"
"                       `sealmem gamepad serve --socket PATH`\n"
"  -r, --route PATTERN  only routes whose id or name matches: 'A*', mmap-rw\n"
"  -a, --as UID         attack as that user and group; takes root\n"
"  -f, --fd N           say what the memory behind this descriptor guarantees,\n"
"                       and try only what cannot change it whatever it is\n"
"  -p, --pid PID        the descriptor is that process's; takes the right to\n"
"                       trace it\n"
"  -d, --designs        live and frozen regions beside other designs, made\n"
"                       without the library: how many routes changed what\n"
"                         temp-file   an unlinked file of mode 0600, open for\n"
"                                     reading\n"
"                         size-seals  a memfd whose size is sealed, open for\n"
"                                     reading\n"
"                         plain-dup   a memfd without seals, duplicated\n"
"  -l, --list           the routes in words, and try none\n"
"  -b, --brief          a line for a group of routes, with the kernel's answers;\n"
"                       in full what did not hold\n"
"      --json           one JSON object instead of a table\n"
"      --ktap           KTAP 1 instead of a table\n"
"      --help           this text\n"
"\n"
"In the table, \"held\" has what the kernel said in front; an answer alone is of\n"
"a route that changes nothing on any memory. A \"?\" marks an answer that was\n"
"not foreseen. \"not here\" cannot be tried on this machine.\n"
"\n"
"Exit status: 0 nothing got through that must not, 1 something did, or too\n"
"little could be tried to say so, or --fd is of memory that guarantees nothing,\n"
"2 wrong usage. What gets through another design is no failure.\n";

struct request {
	struct attack_plan plan;
	const char *socket;
	const char *pattern;
	const char *source;
	int fd;
	int pid;
	bool json;
	bool ktap;
	bool brief;
	bool list;
	bool designs;
};

/* ---- what is asked ------------------------------------------------------ */

static bool add_kind(struct request *request, const char *name)
{
	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		if (!strcmp(name, attack_kind_name(kind))) {
			request->plan.kinds |= 1u << kind;
			return true;
		}
	}
	tool_say("there is no kind '%s': control, unsafe, live, frozen, or a "
		 "design", name);
	return false;
}

static bool set_user(struct request *request, const char *text)
{
	uint64_t uid;

	/* The largest number stands for no user at all. */
	if (!tool_number("--as", text, 0, UINT32_MAX - 1, &uid))
		return false;
	request->plan.drop = true;
	request->plan.uid = (uid_t)uid;
	return true;
}

static bool set_number(const char *option, int *number)
{
	uint64_t value;

	if (!tool_number(option, optarg, 0, INT32_MAX, &value))
		return false;
	*number = (int)value;
	return true;
}

static bool take_option(void *data, int option)
{
	struct request *request = data;

	switch (option) {
	case 'k':
		return add_kind(request, optarg);
	case 'a':
		return set_user(request, optarg);
	case 's':
		request->socket = optarg;
		return true;
	case 'r':
		request->pattern = optarg;
		return true;
	case 'f':
		return set_number("--fd", &request->fd);
	case 'p':
		return set_number("--pid", &request->pid);
	case 'b':
		request->brief = true;
		return true;
	case 't':
		request->ktap = true;
		return true;
	case 'd':
		request->designs = true;
		return true;
	case 'l':
		request->list = true;
		return true;
	case 'j':
		request->json = true;
		return true;
	}
	return false;
}

static bool is_asked(const struct request *request, const struct route *route)
{
	if (request->plan.gentle && !route->harmless)
		return false;
	return !request->pattern || route_matches(route, request->pattern);
}

static size_t count_routes(const struct request *request)
{
	const struct route *route;
	size_t count = 0;

	for (size_t i = 0; (route = route_get(i)); i++)
		count += is_asked(request, route);
	return count;
}

/* NULL if the request makes sense. */
static const char *objection(const struct request *request)
{
	if (request->socket && request->plan.kinds)
		return "--socket says what to attack, so --kind cannot";
	if (request->plan.drop && geteuid() != 0)
		return "--as takes root: nobody else can become another user";
	if (!count_routes(request))
		return "no route matches; --list shows them all";
	if (request->pid >= 0 && request->fd < 0)
		return "--pid takes --fd: which of its descriptors?";
	if (request->fd >= 0 && (request->socket || request->plan.kinds))
		return "--fd says what to look at, so nothing else can";
	if (request->fd >= 0 && request->json)
		return "--fd cannot say it in JSON";
	if (request->designs && (request->brief || request->ktap))
		return "--designs prints a table of its own, or JSON";
	if (request->designs && (request->socket || request->plan.kinds ||
				 request->fd >= 0))
		return "--designs says what to attack, so nothing else can";
	if (request->brief + request->json + request->ktap > 1)
		return "--brief, --json and --ktap are one too many";
	return NULL;
}

/* ---- carrying it out ---------------------------------------------------- */

static void say_unmade(enum attack_kind kind, int error)
{
	tool_say("cannot make %s memory here: %s", attack_kind_name(kind),
		 error == ENOENT ? "procfs is not mounted" : strerror(error));
}

/* The rest is attacked all the same; the run as a whole has then failed. */
static void leave_out_unmade(struct attack_record *record)
{
	struct attack_plan *plan = &record->plan;

	for (enum attack_kind kind = 0; kind < ATTACK_KINDS; kind++) {
		struct attack_target target;
		int ret;

		if (!(plan->kinds & 1u << kind) ||
		    (plan->foreign && plan->foreign->kind == kind))
			continue;
		ret = attack_target_create(kind, &target);
		if (ret == 0) {
			attack_target_close(&target);
			continue;
		}
		say_unmade(kind, -ret);
		record->unmade |= 1u << kind;
	}
	plan->kinds &= ~record->unmade;
}

static bool run_routes(const struct request *request,
		       struct attack_record *record)
{
	const struct route *route;

	for (size_t i = 0; (route = route_get(i)); i++) {
		struct attack_row *row = &record->rows[record->count];
		int ret;

		if (!is_asked(request, route))
			continue;
		ret = attack_row_run(route, &record->plan, row);
		if (ret < 0) {
			tool_say("cannot try %s: %s", route->name,
				 strerror(-ret));
			return false;
		}
		attack_tally_add(&record->tally, row);
		record->count++;
	}
	return true;
}

static int report(const struct request *request,
		  const struct attack_record *record)
{
	if (request->ktap)
		attack_print_ktap(record);
	else if (!request->json && request->designs)
		attack_print_designs(record);
	else if (!request->json)
		attack_print_record(record);
	else if (!(request->designs ? json_attack_designs_print(record) :
				      json_attack_print(record)))
		tool_say("out of memory");
	if (tool_flush() != TOOL_GOOD)
		return TOOL_FAILED;
	return record->passed ? TOOL_GOOD : TOOL_FAILED;
}

static int attack(const struct request *request)
{
	struct attack_record record = {
		.plan = request->plan,
		.source = request->source,
		.brief = request->brief,
		.uid = request->plan.drop ? request->plan.uid : geteuid(),
	};
	int ret = TOOL_FAILED;

	leave_out_unmade(&record);
	if (!record.plan.kinds)
		return TOOL_FAILED;
	record.rows = calloc(count_routes(request), sizeof(*record.rows));
	if (record.rows && run_routes(request, &record)) {
		bool part = request->pattern || request->plan.gentle;

		record.enough = record.tally.tried >=
				(part ? 1 : ATTACK_TRIED_MIN);
		record.passed = record.enough && !record.unmade &&
				attack_tally_passed(&record.tally);
		ret = report(request, &record);
	}
	free(record.rows);
	return ret;
}

static int attack_received(struct request *request,
			   const struct sealmem_readonly_region *region)
{
	bool frozen = sealmem_readonly_region_is_frozen(region);
	enum attack_kind kind = frozen ? ATTACK_FROZEN : ATTACK_LIVE;
	struct attack_target target;
	int ret = attack_target_adopt(kind, sealmem_readonly_region_fd(region),
				      frozen, &target);

	if (ret < 0) {
		tool_say("cannot look at the region: %s", strerror(-ret));
		return TOOL_FAILED;
	}
	request->plan.kinds = 1u << ATTACK_CONTROL | 1u << kind;
	request->plan.foreign = &target;
	return attack(request);
}

static int attack_socket(struct request *request)
{
	struct sealmem_readonly_region region = { 0 };
	struct sealmem_channel channel = { 0 };
	int ret;

	request->source = request->socket;
	if (!tool_receive(request->socket, &channel, &region))
		return TOOL_FAILED;
	ret = attack_received(request, &region);
	sealmem_readonly_region_close(&region);
	sealmem_channel_close(&channel);
	return ret;
}

static int look_at(struct request *request, int fd)
{
	struct attack_inspection inspection;
	struct attack_target target;
	int ret = attack_look(fd, &inspection, &target);

	if (ret != TOOL_GOOD)
		return ret;
	if (!request->ktap)
		attack_print_inspection(&inspection);
	/* What has no guarantee cannot break it. */
	if (inspection.level == ATTACK_CONTROL || !inspection.readable) {
		tool_flush();
		return TOOL_FAILED;
	}
	request->plan.kinds = 1u << ATTACK_CONTROL | 1u << inspection.level;
	request->plan.foreign = &target;
	return attack(request);
}

static int attack_descriptor(struct request *request)
{
	char source[64];
	int fd = request->fd;
	int ret;

	snprintf(source, sizeof(source), "descriptor %d", fd);
	request->source = source;
	if (request->pid < 0)
		return look_at(request, fd);
	fd = attack_take_fd(request->pid, fd);
	if (fd < 0) {
		tool_say("cannot take %s of process %d: %s", source,
			 request->pid, strerror(-fd));
		return TOOL_FAILED;
	}
	ret = look_at(request, fd);
	close(fd);
	return ret;
}

static int list_routes(const struct request *request)
{
	if (!request->json)
		attack_print_list(request->pattern);
	else if (!json_attack_list_print(request->pattern))
		return TOOL_FAILED;
	return tool_flush();
}

static int carry_out(struct request *request)
{
	const char *problem;

	request->plan.gentle = request->fd >= 0;
	problem = objection(request);
	if (problem)
		return tool_usage(synopsis, problem);
	if (request->json && !tool_has_json())
		return TOOL_USAGE;
	if (request->list)
		return list_routes(request);
	if (request->fd >= 0)
		return attack_descriptor(request);
	if (request->socket)
		return attack_socket(request);
	/* The control shows that the routes work, whatever the designs are. */
	if (request->designs)
		request->plan.kinds = ATTACK_DESIGNS | 1u << ATTACK_CONTROL |
				      1u << ATTACK_LIVE | 1u << ATTACK_FROZEN;
	if (!request->plan.kinds)
		request->plan.kinds = ATTACK_USUAL_KINDS;
	return attack(request);
}

int attack_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kind", required_argument, NULL, 'k' },
		{ "socket", required_argument, NULL, 's' },
		{ "route", required_argument, NULL, 'r' },
		{ "as", required_argument, NULL, 'a' },
		{ "fd", required_argument, NULL, 'f' },
		{ "pid", required_argument, NULL, 'p' },
		{ "brief", no_argument, NULL, 'b' },
		{ "ktap", no_argument, NULL, 't' },
		{ "designs", no_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "k:s:r:a:f:p:bdlh", options, take_option,
	};
	struct request request = { .fd = -1, .pid = -1 };
	int ret = tool_parse(&syntax, argc, argv, &request);

	if (ret != TOOL_GO_ON)
		return ret;
	return carry_out(&request);
}
