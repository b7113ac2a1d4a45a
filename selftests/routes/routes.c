/* SPDX-License-Identifier: MIT */
/* The table as a whole, and its words for what the kernel says. */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "selftests/routes/routes.h"

const struct route_group *const route_groups[] = {
	&write_routes, &transfer_routes, &async_routes, &uring_routes,
	&allocate_routes, &resize_routes, &remap_routes, &private_routes,
	&advise_routes, &kernel_routes, &trace_routes, &uring_read_routes,
	&fault_routes, &futex_routes, &page_routes, &reopen_routes,
	&link_routes, &reseal_routes, &metadata_routes, &execute_routes,
	&lock_routes, NULL,
};

const struct route *route_get(size_t index)
{
	for (size_t i = 0; route_groups[i]; i++) {
		if (index < route_groups[i]->count)
			return &route_groups[i]->routes[index];
		index -= route_groups[i]->count;
	}
	return NULL;
}

const struct route *route_find(const char *id)
{
	const struct route *route;

	for (size_t i = 0; (route = route_get(i)); i++)
		if (!strcmp(route->id, id))
			return route;
	return NULL;
}

bool route_matches(const struct route *route, const char *pattern)
{
	char both[80];

	snprintf(both, sizeof(both), "%s %s", route->id, route->name);
	return !fnmatch(pattern, route->id, 0) ||
	       !fnmatch(pattern, route->name, 0) || !fnmatch(pattern, both, 0);
}

const char *route_answer_text(enum route_answer answer)
{
	static const char *const texts[] = {
		[ROUTE_OK] = "ok",
#define X(name) [ROUTE_##name] = #name,
		ROUTE_ERRORS(X)
		ROUTE_SIGNALS(X)
#undef X
		[ROUTE_ABSENT] = "not tried",
		[ROUTE_TIMEOUT] = "time-out",
		[ROUTE_OTHER] = "other",
	};

	return texts[answer];
}

enum route_answer route_answer_errno(int err)
{
	switch (err) {
	case 0:
		return ROUTE_OK;
#define X(name)			\
	case name:		\
		return ROUTE_##name;
	ROUTE_ERRORS(X)
#undef X
	}
	return ROUTE_OTHER;
}

enum route_answer route_answer_signal(int sig)
{
	switch (sig) {
#define X(name)			\
	case name:		\
		return ROUTE_##name;
	ROUTE_SIGNALS(X)
#undef X
	}
	return ROUTE_OTHER;
}
