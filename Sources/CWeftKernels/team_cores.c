// SPDX-License-Identifier: Apache-2.0
// Which cores the threads of the team may use.
#define _GNU_SOURCE
#include "weft_team.h"

#include "team_private.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__linux__)
#include <sched.h>

int weft_team_core(void) { return sched_getcpu(); }

void weft_team_spread(int number, int core) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    if (CPU_COUNT(&allowed) <= number || core < 0 || core >= CPU_SETSIZE) return;
    if (!CPU_ISSET(core, &allowed)) return;
    int own = core;
    for (int i = 0; i < number; i++) {
        do own = (own + 1) % CPU_SETSIZE;
        while (!CPU_ISSET(own, &allowed));
    }
    // To a core of its own first: where all others are allowed, two may choose the same.
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(own, &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    CPU_CLR(core, &allowed);
    sched_setaffinity(0, sizeof allowed, &allowed);
}

static int affine_cores(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
#else
int weft_team_core(void) { return -1; }
void weft_team_spread(int number, int core) { (void)number, (void)core; }
static int affine_cores(void) { return (int)sysconf(_SC_NPROCESSORS_ONLN); }
#endif

// MARK: Quotas

/// The first line of a file of `folder`, as a number of cores; 0 for no quota.
static double quota_of_folder(const char *folder, int unified) {
    char path[4200], first[64] = "", second[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, unified ? "cpu.max" : "cpu.cfs_quota_us");
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    int found = fscanf(file, "%63s %63s", first, second);
    fclose(file);
    if (found >= 1 && !unified) {
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        file = fopen(path, "r");
        found = file && fscanf(file, "%63s", second) == 1 ? 2 : 0;
        if (file) fclose(file);
    }
    double quota = atof(first), period = atof(second);
    return found == 2 && quota > 0 && period > 0 ? quota / period : 0;
}

/// The least quota of a group and those that it is in.
static double quota_of_group(const char *mount, const char *group, int unified) {
    char folder[4096];
    int length = snprintf(folder, sizeof folder, "%s%s", mount, group);
    size_t least_length = strlen(mount);
    if (length < 0 || (size_t)length >= sizeof folder) return 0;
    double least = 0;
    for (;;) {
        double quota = quota_of_folder(folder, unified);
        if (quota > 0 && (least == 0 || quota < least)) least = quota;
        char *slash = strrchr(folder, '/');
        if (!slash || (size_t)(slash - folder) < least_length) return least;
        *slash = 0;
    }
}

static int names(const char *controllers, const char *controller) {
    size_t length = strlen(controller);
    for (const char *at = controllers; *at; at += *at == ',') {
        size_t next = strcspn(at, ",");
        if (next == length && strncmp(at, controller, length) == 0) return 1;
        at += next;
    }
    return 0;
}

int weft_quota_cores(const char *groups, const char *root) {
    FILE *file = fopen(groups, "r");
    if (!file) return 0;
    double least = 0;
    char line[4096], mount[4096];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        // "0::/group" of version 2, "4:cpu,cpuacct:/group" of version 1.
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *controllers++ = 0;
        *group++ = 0;
        int unified = *controllers == 0;
        if (!unified && !names(controllers, "cpu")) continue;
        if (strcmp(group, "/") == 0) group = "";
        const char *places[2] = { unified ? "" : controllers, unified ? "unified" : "cpu" };
        for (int i = 0; i < 2; i++) {
            snprintf(mount, sizeof mount, "%s%s%s", root, *places[i] ? "/" : "", places[i]);
            double quota = quota_of_group(mount, group, unified);
            if (quota > 0 && (least == 0 || quota < least)) least = quota;
        }
    }
    fclose(file);
    if (least == 0) return 0;
    // A part of a core counts as one: two threads that are paid for 1.5 cores compute more in a period
    // than one does, though both stand still for its last quarter.
    return least > 1e6 ? 1000000 : (int)ceil(least);
}

int weft_team_cores(void) {
    static _Atomic int cached = 0;
    int cores = atomic_load_explicit(&cached, memory_order_relaxed);
    if (cores == 0) {
        cores = affine_cores();
#if defined(__linux__)
        int paid = weft_quota_cores("/proc/self/cgroup", "/sys/fs/cgroup");
        if (paid > 0 && paid < cores) cores = paid;
#endif
        if (cores < 1) cores = 1;
        atomic_store_explicit(&cached, cores, memory_order_relaxed);
    }
    return cores;
}
