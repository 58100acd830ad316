--[[
Purpose     Draws live registrations of a namespace at random, each with the same chance and independent of each
            other. Where there are few more than are wanted it answers all of them. Never writes.
KEYS        1 expiries  zset  peer -> expiry, ms
            2 records   hash  peer -> header and signed envelope, see put-8.lua
ARGV        1 grace in ms, 2 how many are wanted, 3 seed, a whole number: scripts have no chance of their own
Returns     {seconds, microseconds, live registrations of the namespace, members}; members as of page-2.lua
Complexity  O(wanted * log n)
]]
local PART = 50

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wanted = tonumber(ARGV[2])
local alive = redis.call('ZCOUNT', KEYS[1], '(' .. (now - ARGV[1]), '+inf')
local peers = {}

-- The live ones are the last.
if alive > 2 * wanted then
  local drawn = {}

  math.randomseed(tonumber(ARGV[3]))

  while #peers < wanted do
    local rank = math.random(alive)

    if not drawn[rank] then
      drawn[rank] = true
      peers[#peers + 1] = redis.call('ZRANGE', KEYS[1], -rank, -rank)[1]
    end
  end
elseif alive > 0 then
  peers = redis.call('ZRANGE', KEYS[1], -alive, -1)
end

local packed = {}

for first = 1, #peers, PART do
  local last = math.min(first + PART - 1, #peers)

  for index, record in ipairs(redis.call('HMGET', KEYS[2], unpack(peers, first, last))) do
    local peer = peers[first + index - 1]

    if record then
      packed[#packed + 1] = struct.pack('>I2I4', #peer, #record)
      packed[#packed + 1] = peer
      packed[#packed + 1] = record
    end
  end
end

return {time[1], time[2], alive, table.concat(packed)}
