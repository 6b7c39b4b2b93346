--[[
store-view: store documents of projections together with how far they go, if nobody else did in between.

KEYS[1]   views      hash: which build is in use; "hold" -> epoch ms until which nobody may store
KEYS[2]   meta       hash: "seq" (stores so far), "batch" (id of the last one), "feed", "count"
KEYS[3]   parts      set: every key of the build that was ever written to, without its prefix
KEYS[4+]  written    the key of each write below
ARGV[1]   build      the build that these documents belong to
ARGV[2]   expected   stores that the caller knows of; 0 = it begins the build
ARGV[3]   batch      id of this store, kept over retries of the same call
ARGV[4]   feed       entry of the feed up to which the documents go; "" = as before
ARGV[5]   count      entries of the feed up to there, counted from its first one ever
ARGV[6]   channel    where to say that something was stored; the message is the shard
ARGV[7]   shard      number of the shard
ARGV[8+]  writes     each: command, part to be noted ("" = none), number of arguments, arguments

Returns {answer, seq}: "stored"; "already" (this very batch was stored before: its reply was lost); "ahead" (somebody
else stored since: read again); "mismatch" (less is stored than the caller knows: the data was restored, or the build
is not in use any more); "held" (somebody is reading everything: try again soon). Only "stored" has written anything.
Cost: O(writes).
]]
local views, meta, parts = KEYS[1], KEYS[2], KEYS[3]
local build, expected, batch = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local feed, count, channel, shard = ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local function inUse()
  local fields = redis.call('HGETALL', views)
  for i = 2, #fields, 2 do
    if fields[i] == build then
      return true
    end
  end
  return false
end

local function isHeld()
  local hold = redis.call('HGET', views, 'hold')
  if not hold then
    return false
  end
  local clock = redis.call('TIME')
  return tonumber(hold) > tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end

local known = redis.call('HMGET', meta, 'seq', 'batch')
local seq = tonumber(known[1] or '0')
if seq > 0 and known[2] == batch then
  return {'already', seq}
end
if seq < expected or not inUse() then
  return {'mismatch', seq}
end
if seq > expected then
  return {'ahead', seq}
end
if isHeld() then
  return {'held', seq}
end

local cursor, written = 8, 4
while cursor <= #ARGV do
  local command, part, length = ARGV[cursor], ARGV[cursor + 1], tonumber(ARGV[cursor + 2])
  if part ~= '' then
    redis.call('SADD', parts, part)
  end
  redis.call(command, KEYS[written], unpack(ARGV, cursor + 3, cursor + 2 + length))
  cursor = cursor + 3 + length
  written = written + 1
end

redis.call('HSET', meta, 'seq', expected + 1, 'batch', batch)
if feed ~= '' then
  redis.call('HSET', meta, 'feed', feed, 'count', count)
end
redis.call('PUBLISH', channel, shard)
return {'stored', expected + 1}
