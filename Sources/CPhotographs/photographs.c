#include "CPhotographs.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char photograph_01[] = {
#embed "photographs/01.jpg"
};
static const unsigned char photograph_02[] = {
#embed "photographs/02.jpg"
};
static const unsigned char photograph_03[] = {
#embed "photographs/03.jpg"
};
static const unsigned char photograph_04[] = {
#embed "photographs/04.jpg"
};
static const unsigned char photograph_05[] = {
#embed "photographs/05.jpg"
};
static const unsigned char photograph_06[] = {
#embed "photographs/06.jpg"
};
static const unsigned char photograph_07[] = {
#embed "photographs/07.jpg"
};
static const unsigned char photograph_08[] = {
#embed "photographs/08.jpg"
};
static const unsigned char photograph_09[] = {
#embed "photographs/09.jpg"
};
static const unsigned char photograph_10[] = {
#embed "photographs/10.jpg"
};
static const unsigned char photograph_11[] = {
#embed "photographs/11.jpg"
};
static const unsigned char photograph_12[] = {
#embed "photographs/12.jpg"
};
static const unsigned char photograph_13[] = {
#embed "photographs/13.jpg"
};
static const unsigned char photograph_14[] = {
#embed "photographs/14.jpg"
};
static const unsigned char photograph_15[] = {
#embed "photographs/15.jpg"
};
static const unsigned char photograph_16[] = {
#embed "photographs/16.jpg"
};
static const unsigned char photograph_17[] = {
#embed "photographs/17.jpg"
};
static const unsigned char photograph_18[] = {
#embed "photographs/18.jpg"
};
static const unsigned char photograph_19[] = {
#embed "photographs/19.jpg"
};
static const unsigned char photograph_20[] = {
#embed "photographs/20.jpg"
};
static const unsigned char photograph_21[] = {
#embed "photographs/21.jpg"
};
static const unsigned char photograph_22[] = {
#embed "photographs/22.jpg"
};
static const unsigned char photograph_23[] = {
#embed "photographs/23.jpg"
};
static const unsigned char photograph_24[] = {
#embed "photographs/24.jpg"
};
static const unsigned char photograph_25[] = {
#embed "photographs/25.jpg"
};
static const unsigned char photograph_26[] = {
#embed "photographs/26.jpg"
};
static const unsigned char photograph_27[] = {
#embed "photographs/27.jpg"
};
static const unsigned char photograph_28[] = {
#embed "photographs/28.jpg"
};
static const unsigned char photograph_29[] = {
#embed "photographs/29.jpg"
};
static const unsigned char photograph_30[] = {
#embed "photographs/30.jpg"
};

const cp_photograph cp_photographs[CP_PHOTOGRAPHS] = {
    {photograph_01, sizeof photograph_01},
    {photograph_02, sizeof photograph_02},
    {photograph_03, sizeof photograph_03},
    {photograph_04, sizeof photograph_04},
    {photograph_05, sizeof photograph_05},
    {photograph_06, sizeof photograph_06},
    {photograph_07, sizeof photograph_07},
    {photograph_08, sizeof photograph_08},
    {photograph_09, sizeof photograph_09},
    {photograph_10, sizeof photograph_10},
    {photograph_11, sizeof photograph_11},
    {photograph_12, sizeof photograph_12},
    {photograph_13, sizeof photograph_13},
    {photograph_14, sizeof photograph_14},
    {photograph_15, sizeof photograph_15},
    {photograph_16, sizeof photograph_16},
    {photograph_17, sizeof photograph_17},
    {photograph_18, sizeof photograph_18},
    {photograph_19, sizeof photograph_19},
    {photograph_20, sizeof photograph_20},
    {photograph_21, sizeof photograph_21},
    {photograph_22, sizeof photograph_22},
    {photograph_23, sizeof photograph_23},
    {photograph_24, sizeof photograph_24},
    {photograph_25, sizeof photograph_25},
    {photograph_26, sizeof photograph_26},
    {photograph_27, sizeof photograph_27},
    {photograph_28, sizeof photograph_28},
    {photograph_29, sizeof photograph_29},
    {photograph_30, sizeof photograph_30},
};
