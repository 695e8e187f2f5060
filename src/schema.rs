// @generated automatically by Diesel CLI.

diesel::table! {
    api_tokens (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        prefix -> Text,
        token_hash -> Text,
        patterns -> Nullable<Text>,
        scope -> Text,
        networks -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        last_used_ip -> Nullable<Text>,
        revoked_at -> Nullable<Timestamp>,
        replaced_by -> Nullable<BigInt>,
        retires_at -> Nullable<Timestamp>,
        warned_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        at -> Timestamp,
        revision -> Nullable<BigInt>,
        action -> Text,
        actor_id -> Nullable<BigInt>,
        object_kind -> Text,
        object_id -> Nullable<BigInt>,
        request_id -> Text,
        ip -> Text,
        actor_name -> Text,
        object_name -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        reason -> Text,
        detail_salt -> Text,
        detail_hash -> Text,
        hash -> Text,
        token_id -> Nullable<BigInt>,
        token_name -> Nullable<Text>,
    }
}

diesel::table! {
    audit_marks (name) {
        name -> Text,
        event_id -> BigInt,
        hash -> Text,
        at -> Timestamp,
        seal -> Text,
    }
}

diesel::table! {
    changes (id) {
        id -> BigInt,
        revision -> BigInt,
        kind -> Text,
        subject_id -> BigInt,
        at -> Timestamp,
    }
}

diesel::table! {
    codes (id) {
        id -> BigInt,
        user_id -> BigInt,
        binding -> Text,
        code_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        tries -> BigInt,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    constraint_roles (id) {
        id -> BigInt,
        constraint_id -> BigInt,
        role_id -> BigInt,
        valid_from -> Timestamp,
        valid_to -> Nullable<Timestamp>,
    }
}

diesel::table! {
    constraints (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        kind -> Text,
        n -> Nullable<BigInt>,
        role_id -> Nullable<BigInt>,
        required_id -> Nullable<BigInt>,
        resource -> Nullable<Text>,
        action -> Nullable<Text>,
        reason -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    counters (name) {
        name -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    daily_counts (day, action) {
        day -> Text,
        action -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    devices (id) {
        id -> BigInt,
        user_id -> BigInt,
        key_hash -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        ip -> Text,
        user_agent -> Text,
        trusted_at -> Nullable<Timestamp>,
        trusted_until -> Nullable<Timestamp>,
        trusted_by -> Nullable<Text>,
        trust_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    factors (id) {
        id -> BigInt,
        user_id -> BigInt,
        kind -> Text,
        secret -> Nullable<Binary>,
        last_step -> BigInt,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        name -> Text,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    forward_rules (id) {
        id -> BigInt,
        host -> Text,
        path -> Text,
        path_key -> Text,
        methods -> Text,
        permission -> Text,
        scope -> Text,
        note -> Text,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        changed_at -> Timestamp,
        changed_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> BigInt,
        user_id -> BigInt,
        key_hash -> Text,
        request_hash -> Text,
        answer -> Nullable<Binary>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    job_rows (job_id, subject_id) {
        job_id -> BigInt,
        subject_id -> BigInt,
        outcome -> Text,
        why -> Text,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        title -> Text,
        begun_by -> BigInt,
        ip -> Text,
        request_id -> Text,
        active_roles -> Nullable<Text>,
        asked -> Text,
        subjects -> Nullable<Binary>,
        state -> Text,
        done -> BigInt,
        total -> Nullable<BigInt>,
        mark -> Nullable<Text>,
        report -> Nullable<Text>,
        error -> Nullable<Text>,
        claim -> Nullable<Text>,
        heartbeat_at -> Nullable<Timestamp>,
        cancel_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        token_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    links (id) {
        id -> BigInt,
        purpose -> Text,
        token_hash -> Text,
        user_id -> Nullable<BigInt>,
        email_key -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    mails (id) {
        id -> BigInt,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        to_name -> Text,
        to_address -> Text,
        subject -> Text,
        body -> Nullable<Binary>,
        created_at -> Timestamp,
        next_try_at -> Nullable<Timestamp>,
        tries -> BigInt,
        last_error -> Nullable<Text>,
        sent_at -> Nullable<Timestamp>,
        failed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    pending_logins (id) {
        id -> BigInt,
        key_hash -> Nullable<Text>,
        user_id -> BigInt,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    permission_assignments (id) {
        id -> BigInt,
        role_id -> BigInt,
        resource -> Text,
        action -> Text,
        valid_from -> Timestamp,
        valid_to -> Nullable<Timestamp>,
        reason -> Text,
        given_at -> Timestamp,
        given_by -> Nullable<BigInt>,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        condition -> Nullable<Text>,
    }
}

diesel::table! {
    permission_uses (user_id, permission_id) {
        user_id -> BigInt,
        permission_id -> BigInt,
        last_used_at -> Timestamp,
    }
}

diesel::table! {
    permissions (id) {
        id -> BigInt,
        resource -> Text,
        action -> Text,
        name -> Text,
        label -> Text,
        description -> Text,
        built_in -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        search_key -> Text,
    }
}

diesel::table! {
    recovery_codes (id) {
        id -> BigInt,
        user_id -> BigInt,
        code_hash -> Text,
        created_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    reserved_usernames (username_key) {
        username_key -> Text,
        user_id -> BigInt,
    }
}

diesel::table! {
    revision (id) {
        id -> BigInt,
        number -> BigInt,
        epoch -> Text,
    }
}

diesel::table! {
    role_inclusions (id) {
        id -> BigInt,
        senior_id -> BigInt,
        junior_id -> BigInt,
        valid_from -> Timestamp,
        valid_to -> Nullable<Timestamp>,
        reason -> Text,
        given_at -> Timestamp,
        given_by -> Nullable<BigInt>,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    roles (id) {
        id -> BigInt,
        name -> Text,
        name_key -> Text,
        kind -> Text,
        description -> Text,
        built_in -> Bool,
        created_at -> Timestamp,
        created_by -> Nullable<BigInt>,
        updated_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    session_roles (id) {
        id -> BigInt,
        session_id -> BigInt,
        role_id -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        key_hash -> Nullable<Text>,
        factors -> Text,
        ip -> Text,
        user_agent -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        end_reason -> Nullable<Text>,
        restricted -> Bool,
        authenticated_at -> Nullable<Timestamp>,
        ended_key_hash -> Nullable<Text>,
        user_key -> Text,
    }
}

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
        changed_at -> Timestamp,
        changed_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    sign_in_rules (role_id) {
        role_id -> BigInt,
        second_factor -> Text,
        idle_minutes -> Nullable<BigInt>,
        session_hours -> Nullable<BigInt>,
        ends_sessions -> Bool,
        sessions_at_once -> Nullable<BigInt>,
        every_sign_in -> Bool,
    }
}

diesel::table! {
    suspensions (id) {
        id -> BigInt,
        user_id -> BigInt,
        valid_from -> Timestamp,
        valid_to -> Nullable<Timestamp>,
    }
}

diesel::table! {
    throttles (bucket) {
        bucket -> Text,
        hits -> BigInt,
        window_start -> Timestamp,
        last_at -> Timestamp,
    }
}

diesel::table! {
    user_assignments (id) {
        id -> BigInt,
        user_id -> BigInt,
        role_id -> BigInt,
        scope -> Text,
        valid_from -> Timestamp,
        valid_to -> Nullable<Timestamp>,
        reason -> Text,
        given_at -> Timestamp,
        given_by -> Nullable<BigInt>,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<BigInt>,
        end_reason -> Nullable<Text>,
        condition -> Nullable<Text>,
        planned_to -> Nullable<Timestamp>,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        username_key -> Text,
        email -> Text,
        email_key -> Text,
        first_name -> Text,
        last_name -> Text,
        search_key -> Text,
        password_hash -> Nullable<Text>,
        password_changed_at -> Nullable<Timestamp>,
        email_verified_at -> Nullable<Timestamp>,
        last_sign_in_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
        deleted_at -> Nullable<Timestamp>,
        second_factor_due_at -> Nullable<Timestamp>,
        signed_up_at -> Nullable<Timestamp>,
        awaits_approval_since -> Nullable<Timestamp>,
        disable_at -> Nullable<Timestamp>,
        enable_at -> Nullable<Timestamp>,
        delete_at -> Nullable<Timestamp>,
        second_factor_demanded_at -> Nullable<Timestamp>,
        has_second_factor -> Bool,
        kind -> Text,
    }
}

diesel::joinable!(codes -> users (user_id));
diesel::joinable!(constraint_roles -> constraints (constraint_id));
diesel::joinable!(constraint_roles -> roles (role_id));
diesel::joinable!(devices -> users (user_id));
diesel::joinable!(factors -> users (user_id));
diesel::joinable!(idempotency_keys -> users (user_id));
diesel::joinable!(job_rows -> jobs (job_id));
diesel::joinable!(jobs -> users (begun_by));
diesel::joinable!(links -> users (user_id));
diesel::joinable!(mails -> users (user_id));
diesel::joinable!(pending_logins -> users (user_id));
diesel::joinable!(permission_assignments -> roles (role_id));
diesel::joinable!(permission_uses -> permissions (permission_id));
diesel::joinable!(permission_uses -> users (user_id));
diesel::joinable!(permissions -> users (created_by));
diesel::joinable!(roles -> users (created_by));
diesel::joinable!(recovery_codes -> users (user_id));
diesel::joinable!(reserved_usernames -> users (user_id));
diesel::joinable!(session_roles -> roles (role_id));
diesel::joinable!(session_roles -> sessions (session_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(settings -> users (changed_by));
diesel::joinable!(sign_in_rules -> roles (role_id));
diesel::joinable!(suspensions -> users (user_id));
diesel::joinable!(user_assignments -> roles (role_id));

diesel::allow_tables_to_appear_in_same_query!(
    api_tokens,
    audit_events,
    audit_marks,
    changes,
    codes,
    constraint_roles,
    constraints,
    counters,
    daily_counts,
    devices,
    factors,
    forward_rules,
    idempotency_keys,
    job_rows,
    jobs,
    links,
    mails,
    pending_logins,
    permission_assignments,
    permission_uses,
    permissions,
    recovery_codes,
    reserved_usernames,
    revision,
    role_inclusions,
    roles,
    session_roles,
    sessions,
    settings,
    sign_in_rules,
    suspensions,
    throttles,
    user_assignments,
    users,
);
