/* SPDX-License-Identifier: MIT */
/*
 * What an attacker has, and what several routes need. All of it runs in the
 * process of one attempt, which ends right after, so nothing is given back.
 */
#ifndef SEALMEM_SELFTESTS_ATTACKER_H
#define SEALMEM_SELFTESTS_ATTACKER_H

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "selftests/routes/routes.h"

/* A route's way to say that it cannot be tried; no errno is positive. */
#define ROUTE_CANNOT	1

/**
 * struct attacker - What an attacker has
 * @received: Descriptor as it was handed over
 * @best: Descriptor with the most rights that could be had, maybe @received
 * @writable: @best is open for writing
 * @reopened: The memory could be opened for writing again
 * @owner: The memory is its own, or it may do what owners do
 * @map: All of the memory, writable if the kernel does that; NULL if it has
 *	none to map
 * @size: Of the memory
 * @page: Size of a page
 * @argument: The route's
 * @why: Why the route cannot be tried
 */
struct attacker {
	int received;
	int best;
	bool writable;
	bool reopened;
	bool owner;
	unsigned char *map;
	size_t size;
	size_t page;
	int argument;
	char why[96];
};

/* With @gentle, by reading alone: the mode stays, and so do the contents. */
void attacker_prepare(struct attacker *attacker, int fd, int argument,
		      bool gentle);
/* A descriptor open for reading alone, or -1. */
int attacker_reader(const struct attacker *attacker);
/* A new mapping of the first page for reading, or NULL. */
void *attacker_map_reader(struct attacker *attacker);
/* A new private mapping of all of it, or NULL. */
void *attacker_map_private(struct attacker *attacker, int prot);
/* Free the first page, where that is allowed. */
void attacker_punch(struct attacker *attacker);

/* Say what stands in the way: the call that failed, with its errno. */
int route_absent(struct attacker *attacker, const char *call);
int route_lacks_procfs(struct attacker *attacker);
int route_lacks(struct attacker *attacker, const char *what);
/* What a call said that returns -1 and sets errno. */
int route_said(long ret);
/* What a call said that writes the marker. */
int route_wrote(ssize_t ret);

/* Store the marker; the fault, if there is one, is the answer. */
int route_store(void *addr);
/* Ask for write access to a page, then store the marker. */
int route_unlock(void *addr, size_t page);
/* The first page without write access; NULL if it cannot be mapped. */
void *attacker_map_page(struct attacker *attacker, int fd, int prot);
/* A pipe with the marker in it: its read end, or -1. */
int route_marker_pipe(void);
/* A connected socket that the marker waits in, or -1. */
int route_marker_socket(void);
/* A file with the marker in it, or -1. */
int route_marker_file(void);

/* /proc/self/fd/N */
struct route_path {
	char text[64];
};

struct route_path route_fd_path(int fd);
bool route_has_procfs(void);

#endif
